# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option `access` of the modules that ask a component; module_utils/access.py has its specification."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access:
    description:
      - How to ask, where that takes HTTPS by an authority of one's own, or a password.
      - The filter P(aetherlink.monitoring.component_api#filter) gives it beside the URL.
    type: dict
    suboptions:
      ca_file:
        description:
          - File on the host with the certificate of the authority. Its certificates alone are good then, whatever host
            they name where the host asks itself. Empty for the host's own list of authorities.
        type: str
        default: ""
      user:
        description: Who asks, by basic authentication. Empty for nobody.
        type: str
        default: ""
      password_file:
        description: File on the host with the user's password.
        type: str
        default: ""
"""
