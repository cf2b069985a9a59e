# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words for Prometheus: jobs and their targets, rules by name, and what else prometheus.yml says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.quick_yaml import parse_from_host
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.history.compare import (
    both_ways,
    by_name,
    joined,
    listed,
    named,
    values,
    without,
)

Mapping = dict[str, Any]


def config(old: str, new: str, _path: str) -> list[str]:
    """Of prometheus.yml."""
    before, after = parse_from_host(old) or {}, parse_from_host(new) or {}
    jobs = [by_name(side.get("scrape_configs"), "job_name") for side in (before, after)]
    writes = [by_name(side.get("remote_write"), "url") for side in (before, after)]
    phrases = both_ways("job", *jobs, details=_targets_in_words)
    for name in jobs[1]:
        if name in jobs[0]:
            phrases += _job(clean(name), jobs[0][name], jobs[1][name])
    phrases += _alertmanagers(before.get("alerting") or {}, after.get("alerting") or {})
    phrases += named("remote write", *writes)
    # Which files have rules is seen by the files.
    told = ("scrape_configs", "alerting", "remote_write", "rule_files")
    return [*phrases, *values(without(before, *told), without(after, *told))]


def _job(name: str, old: Mapping, new: Mapping) -> list[str]:
    phrases = _targets(f"job {name}", "target", _static(old), _static(new))
    if other := values(without(old, "static_configs"), without(new, "static_configs")):
        phrases.append(f"job {name}: {joined(other)}")
    return phrases


def _static(entry: Mapping) -> dict[str, Mapping]:
    """{name of a target: {address, its labels}}; a target's name is its label instance, else its address."""
    return by_name(
        {"name": static["labels"].get("instance", address), "address": address, **without(static["labels"], "instance")}
        for static in ({"labels": {}, **one} for one in entry.get("static_configs") or [])
        for address in static["targets"]
    )


def _targets(where: str, what: str, old: dict[str, Mapping], new: dict[str, Mapping]) -> list[str]:
    return [f"{where}: {phrase}" for phrase in named(what, old, new)]


def _targets_in_words(job: Mapping) -> str:
    targets = list(_static(job))
    return f"{len(targets)} target{'' if len(targets) == 1 else 's'}: {listed(targets)}" if targets else ""


def _alertmanagers(old: Mapping, new: Mapping) -> list[str]:
    before, after = (
        {target: entry for one in side.get("alertmanagers") or [] for target, entry in _addresses(one)}
        for side in (old, new)
    )
    return [
        *named("Alertmanager", before, after),
        *values(without(old, "alertmanagers"), without(new, "alertmanagers")),
    ]


def _addresses(entry: Mapping) -> Iterator[tuple[str, Mapping]]:
    found = list(_static(entry).values())
    settings = without(entry, "static_configs")
    yield from ((one["address"], {**settings, **without(one, "name", "address")}) for one in found)
    if not found:
        yield "by discovery", settings


def rules(old: str, new: str, _path: str) -> list[str]:
    """Of rules/<group>.yml."""
    before, after = _groups(old), _groups(new)
    phrases = both_ways("rule group", before, after, details=_rules_in_words)
    for name in after:
        if name in before:
            phrases += _rules(before[name], after[name])
            group = [without(side[name], "rules", "name") for side in (before, after)]
            phrases += [f"rule group {clean(name)}: {phrase}" for phrase in values(*group)]
    return phrases


def _groups(text: str) -> dict[str, Mapping]:
    return by_name((parse_from_host(text) or {}).get("groups"))


def _rules_in_words(group: Mapping) -> str:
    return listed(str(rule.get("alert") or rule.get("record")) for rule in group.get("rules") or [])


def _rules(old: Mapping, new: Mapping) -> list[str]:
    phrases = []
    for key, what in (("alert", "alert"), ("record", "recording rule")):
        sides = [by_name((r for r in side.get("rules") or [] if key in r), key) for side in (old, new)]
        phrases += named(what, *sides)
    return phrases


def rule_tests(old: str, new: str, path: str) -> list[str]:
    """Of rule_tests/<group>.yml; that they come and go with their group is said of that."""
    changed = [f"tests of the rule group {clean(path.rpartition('/')[2].removesuffix('.yml'))} changed"]
    return changed if old and new else []
