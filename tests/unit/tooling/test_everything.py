# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test`, with doubles of make and molecule on PATH: what is run when, what is told of it, how it is ended."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.unit.tooling.doubles import double, run, start

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "tests.everything")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests/everything.py", tmp_path / "tests")
    (tmp_path / "double").mkdir()
    (tmp_path / "molecule").mkdir()
    return tmp_path


def test_a_failure_stops_no_other_step_and_fails_the_run(checkout: Path) -> None:
    for scenario in ("first", "second"):
        (checkout / "molecule" / scenario).mkdir()
        (checkout / "molecule" / scenario / "molecule.yml").touch()
    double(checkout, "make", "[[ $1 != unit ]]")
    double(checkout, "molecule", "[[ $3 != first ]]")
    code, output = run(checkout, *COMMAND)
    assert code == 1
    table = output[output.rindex("\n===") :].splitlines()[2:]
    results = {" ".join(line.split()[:-3]): line.split()[-3] for line in table if line.endswith(" s")}
    assert results == {
        "make lint": "ok",
        "make unit": "FAILED",
        "make rendered": "ok",
        "make build": "ok",
        "make docs": "ok",
        "make sanity": "ok",
        "make faults SAMPLE=12 SEED=1": "ok",
        "molecule test -s first": "FAILED",
        "molecule test -s second": "ok",
    }
    assert "2 of 9 failed" in output


@pytest.fixture
def scenario(checkout: Path) -> Path:
    """With one scenario, which passes."""
    (checkout / "molecule/only").mkdir()
    (checkout / "molecule/only/molecule.yml").touch()
    double(checkout, "molecule", "")
    return checkout


def test_why_a_step_failed_is_said_at_the_end(scenario: Path) -> None:
    noise = 'for line in {1..200}; do echo "line $line"; done'
    fails = 'echo "E   assert 1 == 2"; echo "FAILED tests/test_a.py::test_b"'
    double(scenario, "make", f"{noise}; [[ $1 != unit ]] || {{ {fails}; {noise}; exit 1; }}; [[ $1 != docs ]]")
    code, output = run(scenario, *COMMAND)
    end = output[output.index(" failed, ") :].splitlines()
    assert code == 1
    assert end[1:5] == [
        "",
        "Why make unit failed (.cache/test/make-unit.log):",
        "    201:E   assert 1 == 2",
        "    202:FAILED tests/test_a.py::test_b",
    ]
    assert end[6] == "Why make docs failed (.cache/test/make-docs.log):"
    assert end[-1] == "    line 200", "without a line that looks like a cause, the end is shown"
    assert (scenario / ".cache/test/make-lint.log").read_text(encoding="utf-8").startswith("line 1\n")


def test_what_a_step_says_is_seen_while_it_runs(scenario: Path) -> None:
    double(scenario, "make", "echo begun; [[ $1 != lint ]] || until [[ -e $DOUBLE/go-on ]]; do sleep 0.05; done")
    process = start(scenario, *COMMAND, JOBS="1")
    assert process.stdout
    assert [process.stdout.readline() for _ in range(2)] == ["=== make lint\n", "lint | begun\n"]
    (scenario / "double/go-on").touch()
    output, _ = process.communicate(timeout=30)
    assert (process.returncode, "0 of 8 failed" in output) == (0, True)


def test_as_many_steps_run_at_a_time_as_are_asked_for(scenario: Path) -> None:
    # Each of the first three ends once all three have begun; the fourth begins once one has ended.
    double(
        scenario,
        "make",
        'echo "$1" >> "$DOUBLE/calls"; until [[ $(wc -l < "$DOUBLE/calls") -ge 3 ]]; do sleep 0.05; done; sleep 0.5',
    )
    process = start(scenario, *COMMAND, JOBS="3")
    assert process.stdout
    first = [line for line in iter(process.stdout.readline, "") if line.startswith("===")][:4]
    process.communicate(timeout=30)
    assert sorted(first[:3]) == ["=== make lint\n", "=== make rendered\n", "=== make unit\n"]
    assert ": ok after" in first[3]


def test_a_number_of_steps_that_is_none_is_refused(scenario: Path) -> None:
    assert run(scenario, *COMMAND, JOBS="all") == (
        2,
        "JOBS=all is no number of steps to run at a time: leave it out, or set 1 to 99.\n",
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_by_a_signal_it_waits_for_what_runs_and_begins_nothing_more(scenario: Path, number: int) -> None:
    waits = "for _ in {1..100}; do sleep 0.1; done"
    cleans_up = 'sleep 0.5; echo "$1 cleaned up" >> "$DOUBLE/calls"; exit 1'
    double(scenario, "make", f'trap \'{cleans_up}\' INT TERM; echo "$1" >> "$DOUBLE/calls"; echo begun; {waits}')
    process = start(scenario, *COMMAND, JOBS="2")
    assert process.stdout
    begun = 0
    while begun < 2:
        begun += process.stdout.readline().endswith(" | begun\n")
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    output, _ = process.communicate(timeout=8)
    calls = (scenario / "double/calls").read_text(encoding="utf-8").splitlines()
    assert sorted(calls) == ["lint", "lint cleaned up", "unit", "unit cleaned up"]
    assert (process.returncode, output.count(" not run ")) == (128 + number, 6), output
