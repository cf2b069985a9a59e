# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The option `access` of the modules that ask a component; module_utils/access.py has its specification."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access:
    description:
      - How to ask, where that takes a certificate that the host does not trust by itself, or a password.
      - The filter P(aetherlink.monitoring.component_api#filter) gives it beside the URL.
    type: dict
    suboptions:
      certificate_file:
        description:
          - File on the host with the certificate that the component shows. This one alone is trusted then, whatever it
            names and whoever issued it. For a component on the host itself.
        type: str
        default: ""
      ca_file:
        description:
          - File on the host with the certificate of the authority, where there is no O(access.certificate_file). Its
            certificates alone are trusted then, if they name the host of the URL. Empty for the host's own list of
            authorities.
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
