#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible module `aetherlink.monitoring.release`: the host's side of a deploy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Deploy one component's whole configuration as a release
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Stages the wanted files beside the running release, checks them as a set with the component's own checker, switches
    to them by one rename, reloads or restarts the service, waits until the component itself says that it runs them, and
    switches back by itself when it does not.
  - A run that finds the host as wanted asks once and changes nothing.
  - With O(state=planned) it only says whether a deploy is needed and why, and what has to be installed before.
options:
  component:
    description: Name of the component; its directory below O(root).
    type: str
    required: true
  state:
    description: V(planned) asks what a deploy would have to do, V(active) does it.
    type: str
    choices: [planned, active]
    default: active
  environment:
    description: The environment that the release is for; part of its identity.
    type: str
    required: true
  group:
    description: Group of the service, which may read the release.
    type: str
    required: true
  unit:
    description: The systemd unit.
    type: dict
    required: true
    suboptions:
      name:
        description: Name of the unit, with its suffix.
        type: str
        required: true
      content:
        description: Text of the unit.
        type: str
        required: true
  files:
    description: Text of each configuration file by its path below C(etc/).
    type: dict
    default: {}
  secrets:
    description: Text of each secret file by its path below C(etc/). Shown nowhere.
    type: dict
    default: {}
  secret_names:
    description:
      - Instead of O(secrets), with O(state=planned), the paths alone, so that a plan carries no secret.
      - The plan takes it that the active release has the wanted texts. RV(answer) shows the caller whether it has.
    type: list
    elements: str
    default: []
  challenge:
    description: A random key of 32 bytes in hexadecimal, new for each plan, with which RV(answer) is made.
    type: str
  flags:
    description: Text of C(flags.env), the environment file with the command line.
    type: str
    default: ""
  restart_on:
    description: Values that a running process cannot take over by a reload; a change of one restarts the service.
    type: list
    elements: str
    default: []
  restart_files:
    description: Paths below C(etc/) of files that are read at the start alone; a change of one restarts the service.
    type: list
    elements: str
    default: []
  program:
    description: The program of the release.
    type: dict
    required: true
    suboptions:
      method:
        description: The distribution's package, a release archive, or one file.
        type: str
        choices: [package, archive, artifact]
        required: true
      version:
        description: Version of an archive or artifact; the name of its directory.
        type: str
        default: ""
      oldest:
        description: The oldest version that will do, such as V(2.42). An older one is refused before the switch.
        type: str
        default: ""
      package:
        description: Name of the distribution's package.
        type: str
        default: ""
      links:
        description:
          - Names in C(bin/). For packages with the absolute path of each, or a list of paths of which one may be there.
          - Else the values are ignored, and those without a list have to be in the archive.
        type: dict
        default: {}
      source:
        description: Path on the host of the archive or artifact that was brought along.
        type: path
        default: ""
      sha256:
        description: Checksum of O(program.source).
        type: str
        default: ""
      apt_source:
        description:
          - C(path) and C(content) of the file that names a package repository of its own to apt. Empty without one.
          - Where the host's differs, C(needs.repository) says so.
        type: dict
        default: {}
  checks:
    description: Commands that must accept the staged release. C({bin}), C({etc}) and C({release}) are filled in.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the check, for messages.
        type: str
        required: true
      argv:
        description: The command; a word C(glob:PATTERN) becomes the matching files.
        type: list
        elements: str
        default: []
      probe:
        description:
          - Instead of a command, a question to the staged program on loopback.
          - V(routing) asks Alertmanager the routing tests; V(notifications) has it send to sinks with every receiver.
        type: str
        choices: ["", routing, notifications]
        default: ""
      listen:
        description:
          - Instead of a command, addresses and ports that the service must get, by the variable that says so.
          - What it listens on already is its own.
        type: dict
        default: {}
      settings:
        description:
          - Instead of a command, settings of an INI file that the program would ignore if it did not know them.
          - The C(variable), its C(values), the program's file of C(defaults), and C(known) keys that it lacks.
        type: dict
        default: {}
      needs:
        description: A file outside of the release, such as a certificate, without which the command is left out.
        type: str
        default: ""
      fix:
        description: What to do when it refuses, for its sentence.
        type: str
        default: correct that in the inventory
      of:
        description:
          - Folders below C(etc/) that the check looks at, and nothing else but the program.
          - Left out when they are as in the active release, which was checked and healthy with them.
        type: list
        elements: str
        default: []
  references:
    description: Files that the configuration names and that must exist. The action plugin finds them.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The path as written.
        type: str
        required: true
      where:
        description: Where it is written.
        type: str
        required: true
      fix:
        description: What to do when it is missing.
        type: str
        required: true
  linked:
    description:
      - Folders below C(etc/) whose files need a name that stays the same over all releases.
      - C(links/) beside the releases has a link for each of their files, through C(current).
    type: list
    elements: str
    default: []
  parts:
    description:
      - What of a release can be rolled back alone, by its name, for M(aetherlink.monitoring.component_rollback).
      - Each has C(files), paths below C(etc/), with all below those that end in a slash, C(sections), top-level keys
        by file, and C(secrets), whether secrets that only the earlier release has come along.
    type: dict
    default: {}
  readable_by:
    description:
      - Which versions read the data that this version writes. V(same major), the oldest version that does, or empty
        where every version does. A rollback to one that does not is refused.
    type: str
    default: ""
  unhold:
    description: Deploy though the component is held since a rollback, and lift the hold.
    type: bool
    default: false
  move_environment:
    description:
      - Deploy though the host runs components of another environment, which is an error otherwise.
    type: bool
    default: false
  root_only:
    description: Paths of O(files) and O(secrets) that the service itself does not read; root's alone.
    type: list
    elements: str
    default: []
  tls:
    description: Whether the component has a certificate in C(tls/) below O(config_root), which RV(certificate) tells.
    type: bool
    default: false
  watch:
    description:
      - What must hold for a while after the switch. C(url) of a Prometheus, C(duration) in seconds, and
        C(conditions), of which each has C(name), C(query) and C(for), the seconds that it may be false.
      - C(access) is how to log in there, as in O(health_check.access), with absolute paths of password files. The
        secret C(secrets/web_password) is tried, too, since that file may be of the release before.
      - Once one is broken, or the service is not well any more, the release is switched back.
    type: dict
    default: {}
  skip_check:
    description: Switch without asking the checker. The health check after the switch still counts.
    type: bool
    default: false
  reloadable:
    description: Whether the service takes over new configuration files by a reload.
    type: bool
    default: true
  health_check:
    description: What the component is asked after the switch, on its own API.
    type: dict
    required: true
    suboptions:
      ready_url:
        description: Answers 200 when the component is ready.
        type: str
        required: true
      metrics_url:
        description: Where the component exposes its own metrics.
        type: str
        default: ""
      success_metric:
        description: Metric that is 1 when the last load of the configuration succeeded.
        type: str
        default: ""
      time_metric:
        description: Metric with the time of the last successful load.
        type: str
        default: ""
      hash_metric:
        description: Metric with the hash of the running configuration, in Alertmanager's way.
        type: str
        default: ""
      status_url:
        description: Instead of metrics, a JSON answer that names the running configuration.
        type: str
        default: ""
      digest_field:
        description: Field of that answer with the sha256 of the running configuration file.
        type: str
        default: ""
      error_field:
        description: Field of that answer that is null unless a configuration was refused.
        type: str
        default: ""
      loads_field:
        description: Field of that answer with how often the process has read its configuration.
        type: str
        default: ""
      config_file:
        description: The file below C(etc/) that hash or digest are of.
        type: str
        default: ""
      grafana:
        description:
          - Instead, how to ask Grafana for its data sources and dashboards. It is reloaded over its API, too.
          - Keys are C(url), C(user), C(password_file) below C(etc/), and C(datasources), of which each has C(name),
            C(uid) and C(url).
        type: dict
        default: {}
      access:
        description: How to ask, where that takes HTTPS by an authority of one's own or a password.
        type: dict
        suboptions:
          certificate_file:
            description: File on the host with the certificate that the component shows, which alone is trusted then.
            type: str
            default: ""
          ca_file:
            description: File on the host with the certificate of the authority. Its certificates alone are good then.
            type: str
            default: ""
          user:
            description: Who asks, where the component wants to know.
            type: str
            default: ""
          password_file:
            description: File on the host with the password. A relative path is below C(etc/) of the release asked.
            type: str
            default: ""
      timeout:
        description: Seconds until the health check counts as failed.
        type: float
        default: 120
  keep:
    description:
      - How many releases to keep. The active one, the last healthy one and the one that a rollback would go back to
        always stay.
    type: int
    default: 5
  lock_timeout:
    description: Seconds to wait for another deploy of the component on the host.
    type: float
    default: 60
  by:
    description: Who deploys, for the journal. The action plugin fills it in.
    type: str
    default: unknown
  revision:
    description: Revision of the inventory's repository, for release.json. The action plugin fills it in.
    type: str
    default: ""
  root:
    description: Directory that holds the components.
    type: path
    default: /opt/aetherlink
  config_root:
    description: Directory that holds a link to each component's active configuration.
    type: path
    default: /etc/aetherlink
  unit_root:
    description: Directory of the systemd units.
    type: path
    default: /etc/systemd/system
notes:
  - Under C(--check) the release is staged in a scratch folder on the host and checked there.
"""

EXAMPLES = r"""
- name: Deploy Alertmanager's configuration
  aetherlink.monitoring.release:
    component: alertmanager
    environment: prod
    group: aetherlink-alertmanager
    unit:
      name: aetherlink-alertmanager.service
      content: "{{ lookup('ansible.builtin.template', 'alertmanager.service.j2') }}"
    files:
      alertmanager.yml: "{{ config_text }}"
    program:
      method: package
      package: prometheus-alertmanager
      links:
        alertmanager: /usr/bin/prometheus-alertmanager
        amtool: /usr/bin/amtool
    checks:
      - name: amtool check-config
        argv: ["{bin}/amtool", check-config, "{etc}/alertmanager.yml"]
    health_check:
      ready_url: http://127.0.0.1:9093/-/ready
      metrics_url: http://127.0.0.1:9093/metrics
      success_metric: alertmanager_config_last_reload_successful
      time_metric: alertmanager_config_last_reload_success_timestamp_seconds
      hash_metric: alertmanager_config_hash
      config_file: alertmanager.yml
"""

RETURN = r"""
pending:
  description: With O(state=planned), whether a deploy is needed.
  returned: state=planned
  type: bool
reasons:
  description: Why a deploy is or was needed, one phrase each.
  returned: success
  type: list
  elements: str
needs:
  description: What has to be installed before the deploy.
  returned: state=planned
  type: dict
  sample: {user: true, program: false, repository: false}
certificate:
  description:
    - With O(tls), C(certificate) and C(authority) of the host as PEM.
    - C(trouble) is why they are of no use as they are.
  returned: state=planned
  type: dict
answer:
  description:
    - HMAC-SHA256 of the checksum of each of O(secret_names) that the active release has, under O(challenge).
    - The action plugin compares and removes it.
  returned: state=planned
  type: dict
locked:
  description:
    - Why nothing may be tried, where the component refuses the password that it is known to have; empty otherwise.
    - The action plugin fails with it, unless a secret differs.
  returned: state=planned
  type: str
host:
  description: What the deploy needs to know of the host.
  returned: state=planned
  type: dict
  sample: {architecture: amd64, distribution: debian, distribution_version: "12"}
release:
  description: The active release's id.
  returned: success
  type: str
  sample: 0002-3fa9c1d2
version:
  description: The program's version, when it is on the host.
  returned: state=planned
  type: str
held:
  description: Why the component is left alone since a rollback, as a sentence; empty when it is not.
  returned: success
  type: str
left_out:
  description: Why the component was left out of an earlier run; empty when it was not.
  returned: state=planned
  type: str
action:
  description: What was done to the service (none, reload, restart).
  returned: state=active
  type: str
switched_back:
  description: The release that was switched back to; empty when nothing was.
  returned: failure
  type: str
details:
  description: The checker's output, or the service's last log lines.
  returned: failure
  type: list
  elements: str
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aetherlink.monitoring.plugins.module_utils.access import OPTION as ACCESS
from ansible_collections.aetherlink.monitoring.plugins.module_utils.fail_json_on_error import fail_json_on_error
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import certificate, challenge
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.checker import Check, Reference
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.desired_release import (
    DesiredRelease,
    Program,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.engine import Engine
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.health_probe import HealthCheck, HealthProbe
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.hold import sentence
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.service import Service
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.settings import Settings
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.store import Store
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.system import describe_host, group_id
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean

ARGUMENTS: dict[str, Any] = {
    "component": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["planned", "active"], "default": "active"},
    "environment": {"type": "str", "required": True},
    "group": {"type": "str", "required": True},
    "unit": {
        "type": "dict",
        "required": True,
        "options": {"name": {"type": "str", "required": True}, "content": {"type": "str", "required": True}},
    },
    "files": {"type": "dict", "default": {}},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    "secret_names": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "challenge": {"type": "str", "no_log": True},
    "flags": {"type": "str", "default": ""},
    "restart_on": {"type": "list", "elements": "str", "default": []},
    "restart_files": {"type": "list", "elements": "str", "default": []},
    "program": {
        "type": "dict",
        "required": True,
        "options": {
            "method": {"type": "str", "choices": ["package", "archive", "artifact"], "required": True},
            "version": {"type": "str", "default": ""},
            "oldest": {"type": "str", "default": ""},
            "package": {"type": "str", "default": ""},
            "links": {"type": "dict", "default": {}},
            "source": {"type": "path", "default": ""},
            "sha256": {"type": "str", "default": ""},
            "apt_source": {"type": "dict", "default": {}},
        },
    },
    "checks": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "argv": {"type": "list", "elements": "str", "default": []},
            "probe": {"type": "str", "default": "", "choices": ["", "routing", "notifications"]},
            "of": {"type": "list", "elements": "str", "default": []},
            "listen": {"type": "dict", "default": {}},
            "settings": {"type": "dict", "default": {}},
            "needs": {"type": "str", "default": ""},
            "fix": {"type": "str", "default": "correct that in the inventory"},
        },
    },
    "references": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {name: {"type": "str", "required": True} for name in ("path", "where", "fix")},
    },
    "linked": {"type": "list", "elements": "str", "default": []},
    "parts": {"type": "dict", "default": {}},
    "readable_by": {"type": "str", "default": ""},
    "unhold": {"type": "bool", "default": False},
    "move_environment": {"type": "bool", "default": False},
    "root_only": {"type": "list", "elements": "str", "default": []},
    "tls": {"type": "bool", "default": False},
    "watch": {"type": "dict", "default": {}},
    "skip_check": {"type": "bool", "default": False},
    "reloadable": {"type": "bool", "default": True},
    "health_check": {
        "type": "dict",
        "required": True,
        "options": {
            "ready_url": {"type": "str", "required": True},
            "metrics_url": {"type": "str", "default": ""},
            "success_metric": {"type": "str", "default": ""},
            "time_metric": {"type": "str", "default": ""},
            "hash_metric": {"type": "str", "default": ""},
            "status_url": {"type": "str", "default": ""},
            "digest_field": {"type": "str", "default": ""},
            "error_field": {"type": "str", "default": ""},
            "loads_field": {"type": "str", "default": ""},
            "config_file": {"type": "str", "default": ""},
            "grafana": {"type": "dict", "default": {}},
            "access": ACCESS,
            "timeout": {"type": "float", "default": 120},
        },
    },
    "keep": {"type": "int", "default": 5},
    "lock_timeout": {"type": "float", "default": 60},
    "by": {"type": "str", "default": "unknown"},
    "revision": {"type": "str", "default": ""},
    "root": {"type": "path", "default": "/opt/aetherlink"},
    "config_root": {"type": "path", "default": "/etc/aetherlink"},
    "unit_root": {"type": "path", "default": "/etc/systemd/system"},
}

OF_SETTINGS = (
    "restart_files",
    "linked",
    "parts",
    "readable_by",
    "unhold",
    "move_environment",
    "reloadable",
    "skip_check",
    "keep",
    "lock_timeout",
    "by",
    "revision",
)


def watch_of(p: dict[str, Any]) -> dict[str, Any]:
    """With the password of the release that is made: the file is not there yet, or that of the release before."""
    return p["watch"] and {**p["watch"], "password": p["secrets"].get("secrets/web_password", "")}


def build_engine(p: dict[str, Any]) -> Engine:
    store = Store(Path(p["root"]), p["component"], Path(p["config_root"]))
    wanted = DesiredRelease(
        component=p["component"],
        environment=p["environment"],
        group=p["group"],
        unit_name=p["unit"]["name"],
        unit=p["unit"]["content"],
        flags=p["flags"],
        program=Program(**p["program"]),
        files=p["files"],
        secrets=p["secrets"],
        secret_sums=challenge.recorded(store.active(), p["secret_names"]),
        restart_on=p["restart_on"],
        root_only=p["root_only"],
    )
    settings = Settings(
        checks=[Check(**check) for check in p["checks"]],
        references=[Reference(**reference) for reference in p["references"]],
        **{name: p[name] for name in OF_SETTINGS},
        watch=watch_of(p),
    )
    service = Service(wanted.unit_name, Path(p["unit_root"]))
    return Engine(store, service, HealthProbe(HealthCheck(**p["health_check"])), wanted, settings)


def plan(engine: Engine, host: dict[str, Any], key: str) -> dict[str, Any]:
    found = engine.look()
    return {
        "changed": False,
        "pending": found.pending,
        "reasons": found.reasons,
        "needs": {"user": found.needs_user, "program": found.needs_program, "repository": found.needs_repository},
        "release": found.active.id if found.active else "",
        "version": found.version or "",
        "held": sentence(engine.store, found.held),
        "answer": challenge.answer(key, engine.wanted.secret_sums),
        "locked": found.locked,
        "left_out": engine.store.left_out(),
        "host": host,
    }


def certificate_of(p: dict[str, Any]) -> dict[str, str]:
    """Empty for a component without TLS."""
    folder = Path(p["config_root"]) / "tls" / p["component"]
    return certificate.read(folder, group_id(p["group"])) if p["tls"] else {}


def deploy(engine: Engine, module: AnsibleModule) -> dict[str, Any]:
    outcome = engine.rehearse() if module.check_mode else engine.apply()
    for warning in outcome.warnings:
        module.warn(clean(warning))
    return {
        "changed": outcome.changed,
        "release": outcome.release,
        "action": outcome.action,
        "reasons": outcome.reasons,
        "diff": outcome.diff,
        "held": sentence(engine.store, outcome.held),
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        mutually_exclusive=[("secrets", "secret_names")],
        supports_check_mode=True,
    )
    with fail_json_on_error(module):
        host = describe_host(module.params["program"]["method"])
        engine = build_engine(module.params)
        planned = module.params["state"] == "planned"
        result = plan(engine, host, module.params["challenge"] or "") if planned else deploy(engine, module)
        if planned:
            result["certificate"] = certificate_of(module.params)
        module.exit_json(**result)


if __name__ == "__main__":
    main()
