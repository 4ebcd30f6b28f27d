"""Further settings of a candidate: first those it lists, then new ones near the best, within the range of the list."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from narrative.core.hashing import hash_bytes

STEP: Final = 0.4
"""Standard deviation of a change, on the scale of logarithms: a third more or less."""
CHANGED: Final = 0.5
"""Chance that a number changes; on average half of them stay."""
BORROWED: Final = 0.25
"""Chance that a value is taken from another listed setting instead."""
REACH: Final = 2.0
"""How far beyond the smallest and the largest listed value a number may go, as a factor."""
ATTEMPTS: Final = 30
NOTE: Final = "Found by the search, near the best so far."


def next_settings(
    listed: Sequence[Mapping[str, Any]],
    tried: Sequence[Mapping[str, Any]],
    best: Mapping[str, Any],
    *,
    name: str,
    seed: int,
) -> dict[str, Any] | None:
    """The next settings to try; None when nothing new can be found.

    Args:
        listed: what the candidate lists, best guess first.
        tried: what was tried already.
        best: the best of those.
        name: of the candidate; with ``seed`` and the number tried it makes the draw, so the same search draws alike.
    """
    known = {_key(settings) for settings in tried}
    for settings in listed:
        if _key(settings) not in known:
            return dict(settings)
    number = int(hash_bytes(f"{name}-{seed}-{len(tried)}".encode())[:12], 16)
    random = np.random.default_rng(number)
    for _ in range(ATTEMPTS):
        made = _near(listed, best, random)
        if _key(made) not in known:
            return made
    return None


def _key(settings: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in settings.items() if name != "note"}, sort_keys=True)


def _near(listed: Sequence[Mapping[str, Any]], best: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """The best settings with some numbers moved and some values borrowed from another listed setting."""
    made = {name: value for name, value in best.items() if name != "note"}
    other = listed[int(random.integers(len(listed)))]
    for name in sorted({name for settings in listed for name in settings} - {"note"}):
        borrowed, moved, step = random.random() < BORROWED, random.random() < CHANGED, random.normal(0.0, STEP)
        if borrowed:
            if name in other:
                made[name] = other[name]
            else:
                made.pop(name, None)
        elif moved and name in made:
            values = [settings[name] for settings in listed if name in settings]
            made[name] = _moved(made[name], values, step)
    return {"note": NOTE, **made}


def _moved(value: Any, values: Sequence[Any], step: float) -> Any:
    """A positive number that differs among the listed settings, moved by a factor; any other value as it is."""
    numbers = [each for each in values if isinstance(each, int | float) and not isinstance(each, bool) and each > 0]
    if len(set(numbers)) < 2 or isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return value
    low, high = min(numbers) / REACH, max(numbers) * REACH
    if max(numbers) <= 1.0 < high:  # shares, rates
        high = 1.0
    changed = float(np.clip(value * np.exp(step), low, high))
    if all(isinstance(each, int) for each in numbers):
        return max(round(changed), 1)
    return float(f"{changed:.4g}")
