# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does the running component show a certificate that is good for a while yet? What it shows counts, not its file."""

from __future__ import annotations

import math
import time

from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.verify.rows import Row, row

DAY = 86400  # seconds


def rows(url: str, access: Access, least_days: float) -> list[Row]:
    """One row; none by plain HTTP, nor where there is no connection, of which the API's row tells."""
    try:
        end = access.certificate_end(url, timeout=5)
    except (OSError, ValueError):  # as of the API: ValueError is a URL's
        return []
    if end is None:
        return []
    left = (end - time.time()) / DAY
    seen = f"ends on {time.strftime('%Y-%m-%d', time.gmtime(end))}, in {math.floor(left * 10) / 10:.1f} days"
    return [row("certificate", f"good for {least_days:g} days", seen, left >= least_days)]
