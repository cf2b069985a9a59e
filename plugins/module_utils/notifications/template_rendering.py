# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every receiver's notifications through the release's own Alertmanager and templates, to loopback sinks.

``amtool check-config`` parses templates and does not run them: one that fails on an alert is noticed when the alert is
lost. So each receiver gets a whole alert, a bare one, a group of two, and word that they are over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..release.confined import own_home, run
from ..release.scratch import scratch
from .instance import Instance, NoAnswerError, running, until
from .protocols import problems as of_message
from .sinks import Sinks, sinks

RECEIVER = "aetherlink_receiver"
CASE = "aetherlink_case"
_WHOLE = {"alertname": "AetherlinkVerticalServiceDown", "env": "prod", "service": "crm", "severity": "critical"}
CASES: dict[str, list[dict[str, str]]] = {
    "whole": [_WHOLE],
    "bare": [{"alertname": "Bare"}],
    "group": [{**_WHOLE, "instance": "mon1:8010"}, {**_WHOLE, "instance": "mon2:8010", "severity": "warning"}],
}
ANNOTATIONS = {
    "summary": "A vertical service does not answer Command Center",
    "description": 'crm (prod) has not answered for 5m. <Check> the service\'s logs & the status of its "container".',
    "runbook_url": "https://runbooks.aetherlink.example/AetherlinkVerticalServiceDown",
    "dashboard_url": "https://grafana.example/d/fleet?var-env=prod&var-service=crm",
}
_KEPT = {  # of a receiver's own settings, those that say how a message looks
    "slack": "channel username color title title_link pretext text fields short_fields footer fallback icon_emoji "
    "icon_url image_url thumb_url link_names callback_id actions mrkdwn_in send_resolved",
    "pagerduty": "client client_url description details images links severity class component group source "
    "send_resolved",
    "email": "headers html text send_resolved",
    "webhook": "max_alerts send_resolved",
}
_SENDS_RESOLVED = {"slack": False, "pagerduty": True, "email": False, "webhook": True}


def problems(programs: Path, config: dict[str, Any], templates: Path, user: str) -> list[str]:
    """A sentence for each receiver whose notifications do not render, or would not be taken where they go.

    programs: the folder of alertmanager and amtool.
    """
    if found := list(_unrendered(programs / "amtool", config, templates, user)):
        return found
    with sinks() as sink:
        made = configuration(config, templates, sink)
        wanted = list(_wanted(made))
        if not wanted:
            return []
        with running(programs / "alertmanager", made, user) as alertmanager:
            return list(_asked(alertmanager, sink, wanted))


def _unrendered(amtool: Path, config: dict[str, Any], templates: Path, user: str) -> Iterator[str]:
    """Alertmanager 0.33 sends an empty text to Slack where a template fails, and says nothing: amtool does."""
    with scratch("alertmanager") as directory:
        home = own_home(directory, user)
        for case, alerts in CASES.items():
            data = directory / f"{case}.json"
            data.write_text(json.dumps(_data(case, alerts)))
            data.chmod(0o644)
            for receiver in config["receivers"]:
                for key, text in _texts({k: v for k, v in receiver.items() if k.endswith("_configs")}):
                    kind = "html" if key.endswith(".html") else "text"
                    options = {"glob": f"{templates}/*.tmpl", "type": kind, "data": data, "text": text}
                    flags = [f"--template.{name}={value}" for name, value in options.items()]
                    done = run("amtool template render", [str(amtool), "template", "render", *flags], user, home)
                    if done.returncode:
                        cause = done.errors.strip() or done.output.strip()
                        yield f'receiver "{receiver["name"]}", {key}: {cause.removeprefix("amtool: error: ")}'


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The templates of a receiver by their place: ("slack_configs[0].title", "{{ ... }}")."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
    elif isinstance(value, str) and "{{" in value:
        yield path, value


def _data(case: str, alerts: list[dict[str, str]]) -> dict[str, Any]:
    """What a template gets, as amtool reads it."""
    annotations = {} if case == "bare" else ANNOTATIONS
    common = dict(set.intersection(*({*labels.items()} for labels in alerts)))
    times = {"startsAt": "2026-11-24T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z"}
    return {
        "receiver": "receiver",
        "status": "firing",
        "alerts": [{"status": "firing", "labels": one, "annotations": annotations, **times} for one in alerts],
        "groupLabels": {key: value for key, value in common.items() if key in ("env", "alertname", "service")},
        "commonLabels": common,
        "commonAnnotations": annotations,
        "externalURL": "http://127.0.0.1:9093",
    }


def configuration(config: dict[str, Any], templates: Path, sink: Sinks) -> dict[str, Any]:
    """The receivers' messages as they are, to the sinks, and a route to each."""
    receivers = [_redirected(receiver, sink) for receiver in config["receivers"]]
    routes = [{"receiver": r["name"], "matchers": [f"{RECEIVER}={_quoted(r['name'])}"]} for r in receivers]
    return {
        "global": {"smtp_smarthost": f"127.0.0.1:{sink.smtp_port}", "smtp_from": "alertmanager@localhost.example"},
        "templates": [f"{templates}/*.tmpl"],
        "receivers": receivers,
        "route": {
            "receiver": receivers[0]["name"],
            "group_by": [RECEIVER, CASE],
            "group_wait": "0s",
            "group_interval": "1s",
            "routes": routes,
        },
    }


def _redirected(receiver: dict[str, Any], sink: Sinks) -> dict[str, Any]:
    made: dict[str, Any] = {"name": receiver["name"]}
    for kind, kept in _KEPT.items():
        if configs := receiver.get(f"{kind}_configs"):
            own = [{key: value for key, value in config.items() if key in kept.split()} for config in configs]
            made[f"{kind}_configs"] = [{**one, **_address(kind, receiver["name"], one, sink)} for one in own]
    return made


def _address(kind: str, receiver: str, config: dict[str, Any], sink: Sinks) -> dict[str, Any]:
    if kind == "email":
        headers = {**config.get("headers", {}), "X-Aetherlink-Receiver": receiver}
        return {"to": sink.mailbox, "require_tls": False, "headers": headers}
    url = sink.url(kind, receiver)
    if kind == "pagerduty":
        return {"routing_key": "0" * 32, "url": url}
    return {"api_url": url} if kind == "slack" else {"url": url}


def _wanted(config: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """(kind, receiver, messages that must come)."""
    for receiver in config["receivers"]:
        for kind in _KEPT:
            configs = receiver.get(f"{kind}_configs", [])
            rounds = sum(2 if one.get("send_resolved", _SENDS_RESOLVED[kind]) else 1 for one in configs)
            # PagerDuty gets an event a group, as the others get a message a group.
            if rounds:
                yield kind, receiver["name"], rounds * len(CASES)


def _asked(alertmanager: Instance, sink: Sinks, wanted: list[tuple[str, str, int]]) -> Iterator[str]:
    names = list(dict.fromkeys(receiver for _kind, receiver, _unused in wanted))
    alerts = [
        ({**labels, RECEIVER: name, CASE: case}, {} if case == "bare" else ANNOTATIONS)
        for name in names
        for case, group in CASES.items()
        for labels in group
    ]
    for send in (alertmanager.fire, alertmanager.resolve):
        for said in ({}, ANNOTATIONS):
            send([labels for labels, own in alerts if own == said], said)
        share = 1 if send == alertmanager.fire else 2
        missing = _missing(alertmanager, sink, [(k, r, len(CASES) if share == 1 else n) for k, r, n in wanted])
        if missing:
            yield missing
            return
    for kind, receiver, _unused in wanted:
        for body in sink.of(kind, receiver):
            yield from (f'receiver "{receiver}": {problem}' for problem in of_message(kind, body))


def _missing(alertmanager: Instance, sink: Sinks, wanted: list[tuple[str, str, int]]) -> str:
    """Empty when all came; else why the first did not."""

    def all_here() -> str | None:
        if failures := alertmanager.failures():
            return failures[0]
        return "" if all(len(sink.of(kind, receiver)) >= number for kind, receiver, number in wanted) else None

    try:
        return until(all_here, "late")
    except NoAnswerError:
        late = next((k, r) for k, r, number in wanted if len(sink.of(k, r)) < number)
        return f'receiver "{late[1]}": no notification by {late[0]} came in time'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
