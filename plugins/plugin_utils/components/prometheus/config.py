# SPDX-License-Identifier: GPL-3.0-or-later
"""prometheus.yml and its rule files from the prometheus_* variables.

Native keys pass through unchanged; promtool validates them on the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import closest, quoted, shown
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import alerts, rule_tests
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.keys import (
    RULE_GROUP,
    SCRAPE_JOB,
    SECRETS,
    TARGETS,
    discovers,
    mappings,
    names,
    texts,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus.scrape_auth import (
    Access,
    Asked,
    Entry,
    renewing,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.merging import merged
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.rendering import yaml_text
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import literal_defaults
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import Inventory, Owner, hosts_check
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.tls_files import ca_file
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    duration,
    environment,
    host_and_port,
    http_url,
    label_name,
    list_of,
    mapping,
    mapping_of,
    native,
    parameters,
    sequence,
    text,
    unique,
    url_or_none,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_files import web_user

COMMAND_CENTER_JOB = "aetherlink-command-center"
COMMAND_CENTER_SERIES = (
    "aether_service_(up|stale)|aether_verticals_scrape_.*|aether_platform_total_.*|aether_attribution_writes_total"
)
"""Only Command Center's job may have these: some verticals expose the names too, and one truth must not become two
series. It may have nothing else: its labels win, so a compromised one could write into the series of other jobs."""


def label_or_none(value: Any, path: str) -> object:
    if value == "env":
        raise ConfigError(f'{path} is "env", the label of the environment: take another one, or "" for none.')
    return value == "" or label_name(value, path)


def user_or_none(value: Any, path: str) -> object:
    return value == "" or web_user(value, path)


PARAMETERS: dict[str, Check] = {
    "env": environment,
    "host": text,
    "hosts": hosts_check,
    "scrape_interval": duration,
    "scrape_timeout": duration,
    "evaluation_interval": duration,
    "external_labels": texts,
    "global": mapping,
    "scrape_jobs_builtin": sequence,
    "scrape_jobs": sequence,
    "scrape_jobs_disabled": names,
    "rule_groups_builtin": sequence,
    "rule_groups": sequence,
    "rule_groups_disabled": names,
    "rule_tests_builtin": sequence,
    "rule_tests": mapping_of(mapping),
    "alert_overrides": alerts.overrides,
    "runbook_url": http_url,
    "dashboard_url": url_or_none,
    "alertmanagers": sequence,
    "alert_relabel_configs": mappings,
    "remote_write": mappings,
    "secrets": mapping,
    "replica_label": label_or_none,
    "tls_ca_file": text,
    "web_user": user_or_none,
    "extra_config": mapping,
}
_VARIABLES = {"env": "aether_env", "host": "inventory_hostname", "web_user": "aether_web_user"}
_DEFAULTS: dict[str, Any] = {
    **literal_defaults("prometheus"),
    "scrape_jobs_builtin": [],
    "rule_groups_builtin": [],
    "rule_tests_builtin": [],
    "tls_ca_file": ca_file("prometheus"),
    "web_user": "",
}


@dataclass(frozen=True)
class _Kind:
    """What can be added, replaced and switched off by name."""

    title: str
    parameter: str
    name_key: str
    checks: dict[str, Check]
    required: tuple[str, ...]


_JOB = _Kind("scrape job", "scrape_jobs", "job_name", SCRAPE_JOB, ("job_name",))
_GROUP = _Kind("rule group", "rule_groups", "name", RULE_GROUP, ("name", "rules"))


@dataclass(frozen=True)
class _Named:
    """A job or rule group, with its path for errors and whether the collection brings it."""

    path: str
    name: str
    value: dict[str, Any]
    builtin: bool


def files(params: Any) -> dict[str, str]:
    """{path below etc/: text}: prometheus.yml, and a rules/<group>.yml and a rule_tests/<group>.yml per rule group.

    Raises ConfigError.
    """
    p = parameters(params, "prometheus_", PARAMETERS, _DEFAULTS, _VARIABLES)
    inventory = Inventory(p["hosts"], p["host"])
    extra = _without_secrets(p["extra_config"], "prometheus_extra_config")
    jobs = [*_selected(_JOB, p), *_more_jobs(extra)]
    unique(((job.path, job.name) for job in jobs), _JOB.title)
    selected = _selected(_GROUP, p)
    for group in selected:
        _check_rules_once(group)
    settings = _alert_settings(p, jobs)
    groups = list(_effective(selected, settings))
    document = {
        "global": _global(p),
        "alerting": _alerting(p, inventory),
        "rule_files": ["rules/*.yml"] if groups else [],
        "scrape_configs": [_scrape_config(job, p, inventory) for job in jobs],
        "remote_write": _without_secrets(p["remote_write"], "prometheus_remote_write"),
    }
    document = merged(document, {key: value for key, value in extra.items() if key not in ("global", "scrape_configs")})
    result = {"prometheus.yml": yaml_text({key: value for key, value in document.items() if value})}
    for group in groups:
        result[f"rules/{group.name}.yml"] = yaml_text({"groups": [group.value]})
    tested = {
        group.name: rule_tests.Group(made.value["rules"], group.builtin)
        for group in selected
        for made in groups
        if made.name == group.name
    }
    tests = rule_tests.files(p["rule_tests_builtin"], p["rule_tests"], tested, settings)
    return {**result, **{f"rule_tests/{name}.yml": yaml_text(test) for name, test in tests.items()}}


def _check_rules_once(group: _Named) -> None:
    """Refuse a rule that is there twice. With another expression it is another rule, which Prometheus takes too."""
    seen: dict[tuple[str, ...], str] = {}
    for index, rule in enumerate(group.value["rules"]):
        name = str(rule.get("alert") or rule.get("record"))
        path = f"{group.path}.rules[{index}]"
        identity = (name, rule["expr"], *map(str, sorted(rule.get("labels", {}).items())))
        if identity in seen:
            raise ConfigError(
                f'{path} is the rule "{name}" with the same labels again, after {seen[identity]}: rename one of the '
                "two, give it other labels, or take it out."
            )
        seen[identity] = path


def _alert_settings(p: dict[str, Any], jobs: list[_Named]) -> alerts.Settings:
    known = alerts.alert_names([*p["rule_groups_builtin"], *p["rule_groups"]])
    alerts.check_known(p["alert_overrides"], known, "prometheus_alert_overrides")
    scraped = any(job.name == COMMAND_CENTER_JOB for job in jobs)
    present = [*(["command_center"] if scraped else []), *(["alertmanager"] if p["alertmanagers"] else [])]
    return alerts.Settings(p["env"], p["alert_overrides"], p["runbook_url"], p["dashboard_url"], frozenset(present))


def _effective(groups: list[_Named], settings: alerts.Settings) -> Iterator[_Named]:
    for group in groups:
        value = alerts.effective(group.value, group.path, settings, group.builtin)
        if value["rules"]:
            yield replace(group, value=value)


def _global(p: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "scrape_interval": p["scrape_interval"],
        "scrape_timeout": p["scrape_timeout"],
        "evaluation_interval": p["evaluation_interval"],
        "external_labels": {"env": p["env"], **_replica(p), **p["external_labels"]},
    }
    own = {"prometheus_global": p["global"], "prometheus_extra_config.global": p["extra_config"].get("global", {})}
    _check_env(p, p["external_labels"], "prometheus_external_labels")
    for path, section in own.items():
        _check_env(p, mapping(section, path).get("external_labels", {}), f"{path}.external_labels")
        made = merged(made, _without_secrets(section, path))
    return made


def _check_env(p: dict[str, Any], labels: Any, path: str) -> None:
    own = mapping(labels, path).get("env", p["env"])
    if own != p["env"]:
        raise ConfigError(
            f'{path}.env is {shown(own, "")}, but aether_env is "{p["env"]}": take the label out, it always is '
            "aether_env."
        )


def _replica(p: dict[str, Any]) -> dict[str, str]:
    """The label that tells this Prometheus from the others of its group; none where it is alone."""
    others = [host for host in p["hosts"].get("prometheus", []) if host["name"] != p["host"]]
    return {p["replica_label"]: p["host"]} if others and p["replica_label"] else {}


def _selected(kind: _Kind, p: dict[str, Any]) -> list[_Named]:
    """The collection's entries and the user's, whose own replaces one of that name, without those switched off."""
    variable = f"prometheus_{kind.parameter}"
    brought = [
        _named(kind, value, f"{variable}_builtin[{i}]", True) for i, value in enumerate(p[f"{kind.parameter}_builtin"])
    ]
    own = [_named(kind, value, f"{variable}[{i}]", False) for i, value in enumerate(p[kind.parameter])]
    for entries in (brought, own):
        unique(((entry.path, entry.name) for entry in entries), kind.title)
    by_name = {entry.name: entry for entry in [*brought, *own]}
    disabled = p[f"{kind.parameter}_disabled"]
    for index, name in enumerate(disabled):
        if name not in by_name:
            raise ConfigError(
                f'{variable}_disabled[{index}] names the {kind.title} "{name}", which does not exist'
                f"{closest(name, by_name)}: take it out or name one of {quoted(by_name)}."
            )
    return [entry for entry in by_name.values() if entry.name not in disabled]


def _more_jobs(extra: dict[str, Any]) -> list[_Named]:
    """Jobs in prometheus_extra_config, which are made like all others: no job may bring Command Center's series."""
    path = "prometheus_extra_config.scrape_configs"
    jobs = enumerate(sequence(extra.get("scrape_configs", []), path))
    return [_named(_JOB, value, f"{path}[{index}]", False) for index, value in jobs]


def _named(kind: _Kind, value: Any, path: str, builtin: bool) -> _Named:
    entry = native(value, path, kind.checks, kind.required)
    name = entry[kind.name_key]
    return _Named(path, name, {kind.name_key: name, **entry}, builtin)


def _scrape_config(job: _Named, p: dict[str, Any], inventory: Inventory) -> dict[str, Any]:
    _without_secrets(job.value, job.path)
    change = "replace the job in prometheus_scrape_jobs" if job.builtin else "take the group out of the job"
    fix = f'add hosts to the group, {change}, or add "{job.name}" to prometheus_scrape_jobs_disabled'
    # What the collection brings has no place in the inventory to point at.
    place, kind = ("prometheus_scrape_jobs", "built-in scrape job") if job.builtin else (job.path, "scrape job")
    owner = Owner(place, f'the {kind} "{job.name}"', fix)
    config = _with_static_configs(job.value, owner, inventory, Access(p["tls_ca_file"], p["web_user"]))
    if "static_configs" in config:
        config["static_configs"] = [_in_env(static, p["env"]) for static in config["static_configs"]]
    if discovers(config):
        missing = {"source_labels": ["env"], "regex": "^$", "target_label": "env", "replacement": p["env"]}
        config["relabel_configs"] = [*config.get("relabel_configs", []), missing]
    own = job.name == COMMAND_CENTER_JOB
    if own:
        config.setdefault("honor_labels", True)  # its env label is the fleet's
    # Last, so that no renaming before it makes a series what it is not.
    only = {"source_labels": ["__name__"], "regex": COMMAND_CENTER_SERIES, "action": "keep" if own else "drop"}
    config["metric_relabel_configs"] = [*config.get("metric_relabel_configs", []), only]
    return renewing(config, p["secrets"], f"{p['env']} {p['host']}")


def _in_env(static: dict[str, Any], env: str) -> dict[str, Any]:
    return {**static, "labels": {"env": env, **static.get("labels", {})}}


def _with_static_configs(
    entry: dict[str, Any], owner: Owner, inventory: Inventory, access: Access, instance_labels: bool = True
) -> dict[str, Any]:
    """The entry with its inventory groups as static targets, one static_config per host, and with what these want to
    see of who asks them; its own targets checked."""
    config = {key: value for key, value in entry.items() if key not in ("groups", "port", "static_configs")}
    static = entry.get("static_configs", [])
    # An exporter that probes its targets takes URLs, which relabelling turns into its parameter.
    if not any(rule.get("target_label") == "__address__" for rule in entry.get("relabel_configs", [])):
        for index, item in enumerate(static):
            list_of(host_and_port)(item["targets"], f"{owner.path}.static_configs[{index}].targets")
    asked = list(_of_groups(entry, owner, inventory))
    if static or asked:
        made = [
            {**one.target(), **({"labels": {"instance": one.instance}} if instance_labels else {})} for one in asked
        ]
        config["static_configs"] = [*static, *made]
        config.update(access.of(Entry(entry, owner, asked)))
    elif not discovers(entry):
        raise ConfigError(
            f"{owner.path}: {owner.title} has no targets: add groups and port, static_configs, or a service discovery."
        )
    return config


def _of_groups(entry: dict[str, Any], owner: Owner, inventory: Inventory) -> Iterator[Asked]:
    if "port" in entry and "groups" not in entry:
        raise ConfigError(f"{owner.path} has no groups, but port goes with groups: add them.")
    seen = set()
    for index, group in enumerate(entry.get("groups", [])):
        path = f"{owner.path}.groups[{index}]" if owner.path.endswith("]") else owner.path
        for host in inventory.hosts_of(group, path, owner):
            if host["name"] not in seen:
                seen.add(host["name"])
                number = entry.get("port", host.get("port"))
                if number is None:
                    raise ConfigError(f'{owner.path} has no port, and none is known for the group "{group}": add it.')
                yield Asked(group, host, number)


def _alerting(p: dict[str, Any], inventory: Inventory) -> dict[str, Any]:
    alertmanagers = []
    fix = (
        "add hosts to the group, take it out of the entry, or set prometheus_alertmanagers to [] where there is no "
        "Alertmanager"
    )
    for index, value in enumerate(p["alertmanagers"]):
        owner = Owner(f"prometheus_alertmanagers[{index}]", "the Alertmanager entry", fix)
        entry = _without_secrets(native(value, owner.path, TARGETS), owner.path)
        access = Access(p["tls_ca_file"], p["web_user"])
        alertmanagers.append(_with_static_configs(entry, owner, inventory, access, instance_labels=False))
    # Else Alertmanager would take the same alert of two of them for two alerts.
    one = [{"action": "labeldrop", "regex": label} for label in _replica(p)]
    alerting = {"alert_relabel_configs": [*p["alert_relabel_configs"], *one], "alertmanagers": alertmanagers}
    return {key: value for key, value in alerting.items() if value}


def _without_secrets(entry: Any, path: str) -> Any:
    SECRETS.check(entry, path)
    return entry
