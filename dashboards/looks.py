# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours, thresholds and texts of values. A colour is never the only sign: what it means is written beside it."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models import dashboard as model

GOOD, WARN, BAD, PLAIN = "green", "orange", "red", "blue"

Steps = tuple[tuple[float | None, str], ...]
Texts = Mapping[str, tuple[str, str]]  # by value: text and colour

STATES: Texts = {
    "0": ("OK", GOOD),
    "1": ("STALE", WARN),
    "2": ("DOWN", BAD),
    "3": ("DOWN", BAD),
    "4": ("UNKNOWN", BAD),
}
STATE_STEPS: Steps = ((None, GOOD), (1, WARN), (2, BAD))
NEITHER: Steps = ((None, PLAIN),)  # for numbers that are neither good nor bad
UP_OR_DOWN: Texts = {"0": ("DOWN", BAD), "1": ("UP", GOOD)}


def bad_from(value: float, warn: float | None = None) -> Steps:
    between = () if warn is None else ((warn, WARN),)
    return ((None, GOOD), *between, (value, BAD))


def warn_from(value: float) -> Steps:
    return ((None, GOOD), (value, WARN))


def bad_below(value: float, warn: float | None = None) -> Steps:
    """warn: below this it is worth a look."""
    above = () if warn is None else ((warn, GOOD),)
    return ((None, BAD), (value, GOOD if warn is None else WARN), *above)


def thresholds(steps: Steps) -> model.ThresholdsConfig:
    made = [model.Threshold(value=value, color=colour) for value, colour in steps]
    return model.ThresholdsConfig(mode=model.ThresholdsMode.ABSOLUTE, steps=made)


def mappings(texts: Texts) -> list[model.ValueMapping]:
    if not texts:
        return []
    results = {
        value: model.ValueMappingResult(text=text, color=colour, index=n)
        for n, (value, (text, colour)) in enumerate(texts.items())
    }
    return [model.ValueMap(options=results)]
