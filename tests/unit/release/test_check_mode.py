# SPDX-License-Identifier: GPL-3.0-or-later
"""`--check` says what a real run would do, with the real checker, and touches nothing; `--diff` shows no secret."""

from __future__ import annotations

import os

import pytest
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ReleaseError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release.checker import Reference


def snapshot(host):
    return sorted((str(p), p.lstat().st_mtime_ns) for p in host.root.rglob("*"))


def test_rehearsal_of_a_change_reports_it_and_touches_nothing(host):
    host.deploy()
    engine = host.engine(files={"app.conf": "two\n"})
    before = snapshot(host)

    outcome = engine.rehearse()

    assert outcome.changed and outcome.reasons == ["etc/app.conf differs"]
    assert snapshot(host) == before


def test_rehearsal_runs_the_real_checker(host):
    host.deploy()

    with pytest.raises(ReleaseError, match=r"parsing app.conf: line 1: unknown word broken"):
        host.engine(files={"app.conf": "broken\n"}).rehearse()


def test_rehearsal_without_change_reports_none(host):
    host.deploy()

    assert not host.engine().rehearse().changed


def test_rehearsal_on_an_empty_host_says_that_it_could_not_check(host):
    outcome = host.engine().rehearse()

    assert outcome.changed
    assert outcome.warnings == [
        "app: the configuration was not checked, because the checker comes with the program, "
        "which is not on this host yet."
    ]
    assert not host.store.home.exists()


def test_rehearsal_leaves_no_scratch_folder(host, scratch_place):
    host.deploy()

    host.engine(files={"app.conf": "two\n"}).rehearse()

    assert os.listdir(scratch_place) == []


def test_diff_shows_each_changed_file_before_and_after(host):
    host.deploy()

    (shown,) = host.engine(files={"app.conf": "two\n"}).rehearse().diff

    assert shown == {
        "before_header": "etc/app.conf",
        "after_header": "etc/app.conf",
        "before": "one\n",
        "after": "two\n",
    }


def test_diff_of_a_secret_shows_that_it_changed_and_not_how(host):
    host.deploy()

    (shown,) = host.engine(secrets={"secrets/token": "another-secret"}).rehearse().diff

    assert (shown["before"], shown["after"]) == ("******** (the old secret)\n", "******** (the new secret)\n")


def test_diff_masks_secrets_wherever_they_stand(host):
    host.deploy()

    text = "url: http://user:pass@example.net/\npassword: letmein\nplain: hunter2-hunter2\nport: 1\n"
    (shown,) = host.engine(files={"app.conf": text}).rehearse().diff

    assert shown["after"] == "url: http://********@example.net/\npassword: ********\nplain: ********\nport: 1\n"


def test_rehearsal_on_an_empty_host_finds_a_missing_secret(host):
    reference = Reference("secrets/slack_url", "app.conf (slack.api_url_file)", "put its content into app_secrets")

    with pytest.raises(ReleaseError, match=r"names the file secrets/slack_url, which does not exist"):
        host.engine(references=[reference]).rehearse()
    host.engine(references=[reference], skip_check=True).rehearse()
