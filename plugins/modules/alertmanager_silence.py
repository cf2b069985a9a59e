#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.alertmanager_silence`: runs on a host that reaches Alertmanager."""

from __future__ import annotations

DOCUMENTATION = r"""
module: alertmanager_silence
short_description: Silences in Alertmanager
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Creates, extends and expires silences through Alertmanager's API, which it asks from the host that it runs on.
  - A silence is the same as another when its matchers and its comment are; so it is made once, however often it is
    asked for.
options:
  url:
    description: Base URL of Alertmanager.
    type: str
    default: http://127.0.0.1:9093
  matchers:
    description: What to silence, like C(env="prod") or C(instance=~"mon1:.*"). All of them must hold.
    type: list
    elements: str
    required: true
  comment:
    description: Why. Part of what makes the silence this one.
    type: str
    required: true
  author:
    description: Who. Shown with the silence.
    type: str
    default: ansible
  duration:
    description: How long a new silence holds, in Prometheus' notation.
    type: str
    default: 1h
  extend:
    description: Whether one that ends earlier than in O(duration), by a minute or more, is made to end then.
    type: bool
    default: false
  state:
    description: V(present) creates or extends it, V(absent) expires it.
    type: str
    choices: [present, absent]
    default: present
  missing_ok:
    description: Whether an Alertmanager that does not answer is a warning and not a failure.
    type: bool
    default: false
extends_documentation_fragment: aetherlink.monitoring.access
attributes:
  check_mode:
    description: Says what would be done and does nothing.
    support: full
"""

EXAMPLES = r"""
- name: Silence the CRM service for two hours
  aetherlink.monitoring.alertmanager_silence:
    matchers: ['env="prod"', 'service="crm"']
    comment: database migration
    duration: 2h

- name: It takes longer
  aetherlink.monitoring.alertmanager_silence:
    matchers: ['env="prod"', 'service="crm"']
    comment: database migration
    duration: 1h
    extend: true

- name: It is over
  aetherlink.monitoring.alertmanager_silence:
    matchers: ['env="prod"', 'service="crm"']
    comment: database migration
    state: absent
"""

RETURN = r"""
silences:
  description:
    - Ids of the silences that were created, extended, expired, or found as wanted.
    - None in check mode for one that would be made.
  type: list
  elements: str
  returned: success
ends_at:
  description: When the silence ends, UTC; empty when it is absent.
  type: str
  returned: success
"""

from datetime import datetime, timedelta, timezone
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import OPTION as ACCESS
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import Access
from ansible_collections.aetherlink.monitoring.plugins.module_utils.durations import duration_ms
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.http_api import Api
from ansible_collections.aetherlink.monitoring.plugins.module_utils.matchers import matchers
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

SLACK = timedelta(minutes=1)  # an end this near to the wanted one is left alone


def wanted_matchers(texts: list[str]) -> list[dict[str, Any]]:
    found = matchers(texts, "matchers")
    if not found:
        raise ConfigError("matchers is empty, which would silence everything: say what to silence.")
    return [
        {"name": m.label, "value": m.value, "isRegex": "~" in m.operator, "isEqual": not m.operator.startswith("!")}
        for m in found
    ]


def identity(silence: dict[str, Any]) -> tuple[Any, ...]:
    keys = ("name", "value", "isRegex", "isEqual")
    return silence["comment"], sorted(tuple({"isEqual": True, **m}[key] for key in keys) for m in silence["matchers"])


def same(api: Api, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that hold or will hold, the one that ends last first."""
    living = [s for s in api.ask("GET", "/api/v2/silences") if s["status"]["state"] != "expired"]
    found = [silence for silence in living if identity(silence) == identity(wanted)]
    return sorted(found, key=lambda silence: moment(silence["endsAt"]), reverse=True)


def moment(text: str) -> datetime:
    """Of Alertmanager's RFC 3339, whose fractions may be longer than Python reads."""
    return datetime.fromisoformat(text[:19] + "+00:00")


def present(api: Api, p: dict[str, Any], wanted: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    now = datetime.now(timezone.utc)
    ends = now + timedelta(milliseconds=duration_ms(p["duration"], "duration"))
    found = same(api, wanted)
    if found and (not p["extend"] or moment(found[0]["endsAt"]) >= ends - SLACK):
        return {"changed": False, "silences": [found[0]["id"]], "ends_at": moment(found[0]["endsAt"]).isoformat()}
    starts = found[0]["startsAt"] if found else now.isoformat()
    body = {**wanted, "startsAt": starts, "endsAt": ends.isoformat(), "createdBy": p["author"]}
    if found:
        body["id"] = found[0]["id"]
    ids = [] if check_mode else [api.ask("POST", "/api/v2/silences", body)["silenceID"]]
    return {"changed": True, "silences": ids, "ends_at": ends.replace(microsecond=0).isoformat()}


def absent(api: Api, wanted: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    ids = [silence["id"] for silence in same(api, wanted)]
    for silence in ids if not check_mode else []:
        api.ask("DELETE", f"/api/v2/silence/{silence}")
    return {"changed": bool(ids), "silences": ids, "ends_at": ""}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "default": "http://127.0.0.1:9093"},
            "matchers": {"type": "list", "elements": "str", "required": True},
            "comment": {"type": "str", "required": True},
            "author": {"type": "str", "default": "ansible"},
            "duration": {"type": "str", "default": "1h"},
            "extend": {"type": "bool", "default": False},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "missing_ok": {"type": "bool", "default": False},
            "access": ACCESS,
        },
        supports_check_mode=True,
    )
    p = module.params
    try:
        api = Api(p["url"], "Alertmanager", access=Access.of(p["access"]))
        wanted = {"matchers": wanted_matchers(p["matchers"]), "comment": p["comment"]}
        duration_ms(p["duration"], "duration")
        if p["state"] == "present":
            result = present(api, p, wanted, module.check_mode)
        else:
            result = absent(api, wanted, module.check_mode)
    except ConfigError as error:
        module.fail_json(msg=str(error))
    except (OSError, ValueError) as error:
        sentence = f"Alertmanager at {p['url']} cannot be asked for silences: {clean(error)}."
        if not p["missing_ok"]:
            module.fail_json(msg=sentence)
        module.warn(sentence)
        result = {"changed": False, "silences": [], "ends_at": ""}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
