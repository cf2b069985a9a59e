# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts behind `make`, with doubles of docker and others on PATH: what they decide, not what those do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.tooling.doubles import double, run, start

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ("scripts/venv", "scripts/engine", "scripts/sanity", "molecule/shared/host-image", ".ci/run")

# A double of the docker client: an image is there when a file of its name is. A build takes long enough to be raced.
DOCKER = """\
echo "$*" >> "$DOUBLE/calls"
case "$1 $2" in
"image inspect") test -e "$DOUBLE/${3//:/_}" ;;
"pull --quiet") exit "${PULL_RC:-0}" ;;
"build --build-arg") sleep 0.3; touch "$DOUBLE/${7//:/_}" ;;
"load --quiet") image=$(basename "$4" .tar.gz); touch "$DOUBLE/aetherlink-host_$image" ;;
save*) echo an image ;;
import*) cat >/dev/null ;;
esac
"""

# A double of Debian's Python, whose venv module is there once its package is; the virtual environment gets a pip.
PYTHON = """\
case "$*" in
*ensurepip*) test -e "$DOUBLE/python3-venv" ;;
*sys.prefix*) exit "${FOREIGN_RC:-0}" ;;
"-m venv"*) mkdir -p .venv/bin; cp "$DOUBLE/package" .venv/bin/pip ;;
esac
"""

# A double of apt-get on a fresh machine: it knows packages once it was updated. A package is a file of its name.
APT_GET = """\
echo "apt-get $*" >> "$DOUBLE/calls"
if [[ $1 == update ]]; then touch "$DOUBLE/updated"; exit; fi
test -e "$DOUBLE/updated" || exit 100
cp "$DOUBLE/package" "$DOUBLE/${*: -1}"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the scripts, so that what they write stays in there."""
    for script in SCRIPTS:
        (tmp_path / script).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / script, tmp_path / script)
    shutil.copytree(ROOT / "molecule/shared/image", tmp_path / "molecule/shared/image")
    (tmp_path / "double").mkdir()
    return tmp_path


def calls(checkout: Path, first: str) -> list[str]:
    lines = (checkout / "double/calls").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith(first)]


@pytest.mark.parametrize("script", SCRIPTS)
def test_bash_can_parse_each_script(script: str) -> None:
    subprocess.run(["bash", "-n", ROOT / script], check=True)
    assert os.access(ROOT / script, os.X_OK)


def test_an_image_that_is_there_is_only_tagged(checkout: Path) -> None:
    double(checkout, "docker", DOCKER)
    run(checkout, "molecule/shared/host-image", "trixie")
    (checkout / "double/calls").unlink()
    assert run(checkout, "molecule/shared/host-image", "trixie") == (0, "")
    assert [line.split()[0] for line in calls(checkout, "")] == ["image", "tag"]


def test_a_changed_recipe_builds_a_new_image(checkout: Path) -> None:
    double(checkout, "docker", DOCKER)
    run(checkout, "molecule/shared/host-image", "trixie")
    with (checkout / "molecule/shared/image/Dockerfile").open("a", encoding="utf-8") as recipe:
        recipe.write("# changed\n")
    run(checkout, "molecule/shared/host-image", "trixie")
    assert len(calls(checkout, "build")) == 2


def test_two_callers_at_once_build_once(checkout: Path) -> None:
    double(checkout, "docker", DOCKER)
    callers = [start(checkout, "molecule/shared/host-image", "bookworm") for _ in range(2)]
    assert [caller.wait(timeout=30) for caller in callers] == [0, 0]
    assert len(calls(checkout, "build")) == 1


def test_a_new_engine_loads_the_kept_image(checkout: Path) -> None:
    double(checkout, "docker", DOCKER)
    run(checkout, "molecule/shared/host-image", "bookworm")
    for image in (checkout / "double").glob("aetherlink-host_*"):
        image.unlink()
    code, output = run(checkout, "molecule/shared/host-image", "bookworm")
    assert (code, "loading" in output) == (0, True)
    assert len(calls(checkout, "build")) == 1


def test_without_a_registry_the_archive_is_bootstrapped(checkout: Path) -> None:
    double(checkout, "docker", DOCKER)
    double(checkout, "sudo", '"$@"')
    double(checkout, "debootstrap", 'echo "$*" >> "$DOUBLE/calls"; mkdir -p "$3"; touch "$3/etc"')
    code, output = run(checkout, "molecule/shared/host-image", "testing", PULL_RC="1", TMPDIR=str(checkout))
    assert code == 0, output
    assert len(calls(checkout, "--variant=minbase testing ")) == 1
    assert "BASE=aetherlink-base:testing" in calls(checkout, "build")[0]
    assert not list(checkout.glob("tmp.*")), "the bootstrapped tree is left behind"


def test_an_engine_that_answers_is_left_alone(checkout: Path) -> None:
    double(checkout, "docker", DOCKER)
    assert run(checkout, "scripts/engine") == (0, "")


def test_a_docker_host_that_does_not_answer_is_named(checkout: Path) -> None:
    double(checkout, "docker", "exit 1")
    code, output = run(checkout, "scripts/engine", DOCKER_HOST="tcp://192.0.2.1:2375")
    assert (code, "DOCKER_HOST=tcp://192.0.2.1:2375" in output) == (1, True)


def test_a_missing_debootstrap_is_installed_on_a_machine_that_knows_no_packages_yet(checkout: Path) -> None:
    double(checkout, "docker", DOCKER)
    double(checkout, "sudo", '"$@"')
    double(checkout, "apt-get", APT_GET)
    double(checkout, "package", 'mkdir -p "$3"; touch "$3/etc"')
    path = f"{checkout}/double:/usr/bin:/bin"  # debootstrap is in /usr/sbin
    command = ("molecule/shared/host-image", "trixie")
    code, output = run(checkout, *command, PULL_RC="1", TMPDIR=str(checkout), PATH=path)
    assert code == 0, output
    assert [call.split()[1] for call in calls(checkout, "apt-get")] == ["update", "install"]


@pytest.fixture
def user(checkout: Path) -> Path:
    """Docker runs, and alice may use sudo but not Docker; whoever runs the tests."""
    double(checkout, "id", "[[ $1 == -u ]] && echo 1000 || echo alice")
    double(checkout, "docker", "[[ -n ${BY_SUDO:-} || -e $DOUBLE/given ]]")
    double(checkout, "dockerd", "exit 1")
    double(checkout, "sudo", 'BY_SUDO=1 "$@"')
    return checkout


def test_a_user_of_sudo_outside_the_group_docker_is_given_its_socket(user: Path) -> None:
    double(user, "chown", 'echo "chown $*" >> "$DOUBLE/calls"; [[ -n ${BY_SUDO:-} ]] && touch "$DOUBLE/given"')
    code, output = run(user, "scripts/engine", TMPDIR=str(user))
    assert (code, calls(user, "chown")) == (0, ["chown alice /var/run/docker.sock"]), output


def test_a_user_who_cannot_be_given_the_socket_is_told_what_to_do(user: Path) -> None:
    double(user, "chown", "exit 1")
    code, output = run(user, "scripts/engine", TMPDIR=str(user))
    assert (code, "may not use it: sudo usermod -aG docker alice" in output) == (1, True)


@pytest.fixture
def bare(checkout: Path) -> Path:
    """A fresh Debian, whose Python comes without its venv module."""
    for requirements in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        shutil.copy(ROOT / requirements, checkout)
    double(checkout, "python3", PYTHON)
    double(checkout, "sudo", '"$@"')
    double(checkout, "apt-get", APT_GET)
    double(checkout, "package", "")
    return checkout


def test_the_venv_module_is_installed_where_debian_left_it_out(bare: Path) -> None:
    code, output = run(bare, "scripts/venv")
    assert code == 0, output
    assert (bare / ".venv/requirements.sha256").is_file()
    assert [call.split()[1] for call in calls(bare, "apt-get")] == ["update", "install"]


def test_a_python_that_is_not_debians_is_not_mended_with_its_package(bare: Path) -> None:
    code, output = run(bare, "scripts/venv", FOREIGN_RC="1")
    assert (code, "python3 cannot make virtual environments: install its venv module" in output) == (1, True)
    assert not (bare / "double/calls").exists()


def test_run_leaves_the_venv_module_to_the_script_that_needs_it(bare: Path) -> None:
    for name in ("docker", "make", "git"):
        double(bare, name, "")
    assert run(bare, ".ci/run") == (0, "")
    assert not (bare / "double/calls").exists()


def test_a_python_that_is_too_old_is_said(checkout: Path) -> None:
    for requirements in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        shutil.copy(ROOT / requirements, checkout)
    for python in ("python3", "python3.11", "python3.12", "python3.13"):
        double(checkout, python, "exit 1")
    code, output = run(checkout, "scripts/venv")
    assert (code, "Python 3.11 or newer is needed" in output) == (1, True)
    link = checkout / ".venv/collections/ansible_collections/aetherlink/monitoring"
    assert link.resolve() == checkout
