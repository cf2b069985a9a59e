# SPDX-License-Identifier: GPL-3.0-or-later
"""The first cause in what promtool and amtool really print; the checks; the files that a configuration names."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import confined
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.checker import (
    Check,
    Component,
    Reference,
    check_references,
    first_cause,
    readable,
    run_checks,
)
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.masking import Masker
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.flags import flags_text

APP = Component("app", getpass.getuser())
RELEASE = Path("/opt/aetherlink/prometheus/releases/.stage-0002")
ETC = f"{RELEASE}/etc"
PARSE_ERROR = "could not parse expression: 1:6: parse error: unexpected end of input"
VALID = f"""Checking {ETC}/prometheus.yml
  SUCCESS: 1 rule files found
 SUCCESS: {ETC}/prometheus.yml is valid prometheus config file syntax

"""

# What the programs print, by the versions that print it so, and the cause for people.
PROMTOOL = {
    "an unknown key, 2.42 to 3.5": (
        f"""Checking {ETC}/prometheus.yml

  FAILED: parsing YAML file {ETC}/prometheus.yml: yaml: unmarshal errors:
  line 2: field scrape_intervall not found in type config.plain
""",
        "parsing YAML file prometheus.yml: yaml: unmarshal errors: "
        "line 2: field scrape_intervall not found in type config.plain",
    ),
    "a duplicate job, 2.42 to 3.5": (
        f"""Checking {ETC}/prometheus.yml

  FAILED: parsing YAML file {ETC}/prometheus.yml: found multiple scrape configs with job name "a"
""",
        'parsing YAML file prometheus.yml: found multiple scrape configs with job name "a"',
    ),
    "bad PromQL, 2.42": (
        f"""{VALID}Checking {ETC}/rules/own.yml

  FAILED:
     {ETC}/rules/own.yml: 5:15: group "own", rule 1, "Down": {PARSE_ERROR}
""",
        f'rules/own.yml: 5:15: group "own", rule 1, "Down": {PARSE_ERROR}',
    ),
    "bad PromQL, 2.53 and 3.5": (
        f"""{VALID}Checking {ETC}/rules/own.yml
  FAILED:
{ETC}/rules/own.yml: 5:15: group "own", rule 1, "Down": {PARSE_ERROR}
""",
        f'rules/own.yml: 5:15: group "own", rule 1, "Down": {PARSE_ERROR}',
    ),
    "a bad template, 2.53 and 3.5": (
        f"""{VALID}Checking {ETC}/rules/own.yml

  FAILED:
{ETC}/rules/own.yml: group "own", rule 1, "Down": annotation "description": template: __alert_Down:1: unclosed action
""",
        'rules/own.yml: group "own", rule 1, "Down": annotation "description": template: __alert_Down:1: '
        "unclosed action",
    ),
    "a missing rule file, 2.42 to 3.5": (
        f"""Checking {ETC}/prometheus.yml

  FAILED: "{ETC}/rules/none.yml" does not point to an existing file
""",
        '"rules/none.yml" does not point to an existing file',
    ),
    "a duplicate rule, which it accepts, before bad PromQL, 3.5": (
        f"""{VALID}Checking {ETC}/rules/a-doubles.yml
  FAILED:
lint error 1 duplicate rule(s) found.
Metric: a:b
Label(s):
Might cause inconsistency while recording expressions

Checking {ETC}/rules/own.yml
  FAILED:
{ETC}/rules/own.yml: 4:29: group "own", rule 1, "Down": {PARSE_ERROR}
""",
        f'rules/own.yml: 4:29: group "own", rule 1, "Down": {PARSE_ERROR}',
    ),
    "a duplicate rule where it is told to refuse them, 3.5": (
        f"""{VALID}Checking {ETC}/rules/own.yml
  FAILED:
lint error 1 duplicate rule(s) found.
Metric: a:b
Label(s):
Might cause inconsistency while recording expressions
""",
        "lint error 1 duplicate rule(s) found.",
    ),
    "a file whose name sounds like a cause, 2.42": (
        f"""{VALID}Checking {ETC}/rules/error-budget.yml
  SUCCESS: 1 rules found

Checking {ETC}/rules/own.yml
  FAILED:
     {ETC}/rules/own.yml: 4:29: group "own", rule 1, "Down": {PARSE_ERROR}
""",
        f'rules/own.yml: 4:29: group "own", rule 1, "Down": {PARSE_ERROR}',
    ),
}
AMTOOL = {
    "an undefined receiver, 0.25 to 0.33": (
        f"""Checking '{ETC}/alertmanager.yml'  FAILED: undefined receiver "nobody" used in route

amtool: error: failed to validate 1 file(s)
""",
        'alertmanager.yml: undefined receiver "nobody" used in route',
    ),
    "an unknown key, 0.25 to 0.33": (
        f"""Checking '{ETC}/alertmanager.yml'  FAILED: yaml: unmarshal errors:
  line 1: field group_bye not found in type config.plain

amtool: error: failed to validate 1 file(s)
""",
        "alertmanager.yml: yaml: unmarshal errors: line 1: field group_bye not found in type config.plain",
    ),
    "a bad template, 0.25 to 0.33": (
        f"""Checking '{ETC}/alertmanager.yml'  SUCCESS
Found:
 - global config
 - route
 - 0 inhibit rules
 - 1 receivers
 - 1 templates
  FAILED: template: own.tmpl:2: unexpected "{{" in operand

amtool: error: failed to validate 1 file(s)
""",
        'template: own.tmpl:2: unexpected "{" in operand',
    ),
}
OURS = {
    "one sentence of Command Center": (
        f"{ETC}/command_center.json: verticals[3] has no url: add it.\n",
        "command_center.json: verticals[3] has no url: add it.",
    ),
    "colours": ("\x1b[31m  FAILED: \x1b[0mno good\n", "no good"),
    "nothing at all": ("", "it gave no reason"),
}


@pytest.mark.parametrize(
    ("output", "cause"),
    [pytest.param(*case, id=name) for name, case in {**PROMTOOL, **AMTOOL, **OURS}.items()],
)
def test_the_first_cause_is_one_line_with_paths_as_the_operator_knows_them(output: str, cause: str) -> None:
    assert first_cause(readable(output, RELEASE)) == cause


# The checks


@pytest.fixture
def release(tmp_path: Path) -> Path:
    release = tmp_path / "releases" / "0001"
    (release / "etc" / "rules").mkdir(parents=True)
    (release / "etc" / "app.conf").write_text("one\n")
    return release


def refusal(check: Check, release: Path, secrets: list[str] | None = None) -> ReleaseError:
    with pytest.raises(ReleaseError) as raised:
        run_checks([check], release, Masker(secrets or []), APP)
    return raised.value


def test_a_check_is_told_where_the_release_is(release: Path) -> None:
    check = Check("a check", ["{bin}/promtool", "check", "{etc}/app.conf", "--root={release}"])

    assert check.command(release) == [
        f"{release}/bin/promtool",
        "check",
        f"{release}/etc/app.conf",
        f"--root={release}",
    ]


def test_a_check_waits_for_what_it_needs(release: Path, tmp_path: Path) -> None:
    check = Check("promtool", ["false"], needs=str(tmp_path / "certificate.pem"))
    run_checks([check], release, Masker([]), APP)

    (tmp_path / "certificate.pem").touch()
    assert str(refusal(check, release)).startswith("promtool refused the release: ")


def test_a_check_can_take_all_files_of_a_kind(release: Path) -> None:
    for name in ("b.yml", "a.yml", "notes.txt"):
        (release / "etc" / "rules" / name).touch()

    assert Check("rules", ["promtool", "glob:{etc}/rules/*.yml"]).command(release) == [
        "promtool",
        f"{release}/etc/rules/a.yml",
        f"{release}/etc/rules/b.yml",
    ]
    assert Check("tests", ["promtool", "glob:{etc}/tests/*.yml"]).command(release) == []


@pytest.mark.parametrize(
    "managed",
    [{"a.b": "x"}, {"name": 'two "words"', "other": "back\\slash"}, {"money": "$5 `now`"}, {}],
)
def test_a_check_can_take_the_command_line(release: Path, managed: dict[str, str]) -> None:
    (release / "flags.env").write_text(flags_text(managed))

    words = [f"--{name}={value}" for name, value in managed.items()]
    assert Check("app", ["{bin}/app", "flags:", "--version"]).command(release) == [
        f"{release}/bin/app",
        *words,
        "--version",
    ]


def test_a_port_that_the_service_must_get_is_looked_at(release: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ReleaseError) as raised:
            run_checks(
                [Check("its port", listen={"app_port": listen})], release, Masker([]), Component("app", "nobody")
            )
    assert "which app_port says, is taken by another program on this host" in str(raised.value)
    run_checks([Check("its port", listen={"app_port": listen})], release, Masker([]), APP)


def test_checks_that_accept_the_release_say_nothing(release: Path) -> None:
    run_checks([Check("grep", ["grep", "one", "{etc}/app.conf"]), Check("true", ["true"])], release, Masker([]), APP)


def test_the_first_check_that_refuses_ends_it(release: Path, tmp_path: Path) -> None:
    checks = [Check("first", ["false"]), Check("second", ["touch", str(tmp_path / "ran")])]

    with pytest.raises(
        ReleaseError, match=r"^first refused the release: it gave no reason: correct that in the inventory$"
    ):
        run_checks(checks, release, Masker([]), APP)
    assert not (tmp_path / "ran").exists()


def test_what_the_checker_prints_is_shown_without_secrets(release: Path) -> None:
    script = "echo 'FAILED: bad url https://user:hunter2@example.net/'; echo 'token s3cret-value' >&2; exit 1"

    check = Check("a check", ["sh", "-c", script], fix="correct the URL")
    error = refusal(check, release, ["s3cret-value"])

    assert str(error) == "a check refused the release: bad url https://********@example.net/: correct the URL"
    assert error.details == ["FAILED: bad url https://********@example.net/", "token ********"]


def test_a_checker_that_talks_without_end_is_cut(release: Path) -> None:
    assert len(refusal(Check("a check", ["sh", "-c", "seq 1000; exit 1"]), release).details) == 40


def test_a_checker_that_is_not_there_is_named(release: Path) -> None:
    error = refusal(Check("promtool check config", ["{bin}/promtool"]), release)

    assert str(error) == f"the checker {release}/bin/promtool is not on this host, so the release cannot be checked"


def test_a_checker_that_does_not_end_is_named(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "TIMEOUT", 0.2)

    assert str(refusal(Check("a check", ["sleep", "60"]), release)) == "a check did not end within 0.2 s"


def test_a_checker_does_not_inherit_the_environment(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_PASSWORD", "hunter2")

    error = refusal(Check("a check", ["sh", "-c", "env; exit 1"]), release)

    assert not any("VAULT_PASSWORD" in line for line in error.details)


# The files that a configuration names

Missing = Callable[[str], str]


@pytest.fixture
def missing(release: Path, tmp_path: Path) -> Missing:
    """The sentence about a file of this path; empty when all is well."""

    def check(path: str) -> str:
        reference = Reference(path, "app.conf (basic_auth.password_file)", "put its content into app_secrets")
        try:
            check_references([reference], release, tmp_path / "etc" / "app")
        except ReleaseError as error:
            return str(error)
        return ""

    return check


def test_a_file_of_the_release_is_found_by_its_relative_path(missing: Missing) -> None:
    assert missing("app.conf") == ""


def test_a_file_of_the_release_is_found_where_it_will_be(missing: Missing, tmp_path: Path) -> None:
    assert missing(f"{tmp_path}/etc/app/app.conf") == ""


def test_a_file_of_the_host_is_found(missing: Missing, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()

    assert missing(str(tmp_path / "ca.pem")) == ""


@pytest.mark.parametrize("path", ["secrets/none", "/nowhere/ca.pem", "{etc}/app/none", "rules"])
def test_a_file_that_is_missing_is_named_with_its_place_and_the_way_out(
    missing: Missing, tmp_path: Path, path: str
) -> None:
    path = path.format(etc=tmp_path / "etc")

    assert missing(path) == (
        f"app.conf (basic_auth.password_file) names the file {path}, which does not exist: "
        "put its content into app_secrets"
    )


def test_a_failing_rule_test_is_named() -> None:
    output = """Unit Testing:  rule_tests/own.yml
  FAILED:
    name: a service that stops answering,
    alertname: Down, time: 10m,
        exp:[
            0:
              Labels:{alertname="Down"}
            ],
        got:[]
"""
    assert first_cause(output) == (
        'name: a service that stops answering, alertname: Down, time: 10m, exp:[ 0: Labels:{alertname="Down"}'
    )


def test_without_a_matching_file_there_is_nothing_to_check(tmp_path: Path) -> None:
    run_checks([Check("tests", ["/bin/false", f"glob:{tmp_path}/*.yml"])], tmp_path, Masker([]), APP)
