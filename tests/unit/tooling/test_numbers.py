# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of the tree are counted, and the bounds that hold today stay."""

from __future__ import annotations

from tests import numbers


def test_every_file_on_the_way_of_a_scrape_job_exists() -> None:
    assert [name for name in numbers.SCRAPE_JOB if not (numbers.ROOT / name).is_file()] == []


def test_the_way_is_short_and_task_files_are() -> None:
    found = dict(numbers.rows())
    assert found["places that declare one variable"] <= 4
    assert found["files that a scrape job passes through"] <= 12
    assert found["longest task file, lines"] <= 46
    assert found["median task file, lines"] <= 13
