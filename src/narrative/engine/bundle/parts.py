"""A model as named parts (JSON and arrays), and back with every shape and index checked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np
from pydantic import TypeAdapter, ValidationError

from narrative.core.errors import InvalidInput
from narrative.core.hashing import canonical_json
from narrative.core.plugins import discover
from narrative.engine.bundle.archive import unreadable
from narrative.engine.bundle.arrays import array_bytes, array_from_bytes
from narrative.engine.candidates.base import View
from narrative.engine.learners.base import Arrays, Learner
from narrative.engine.mixing import VOTES
from narrative.engine.model import Intervals, Member, Model
from narrative.engine.recipe import FittedRecipe
from narrative.engine.types import Label, Problem

_ARRAY_PART: Final = re.compile(r"learners/(\d{1,3})\.([a-z][a-z0-9_]{0,63})\.npy")
_LABELS: Final = TypeAdapter(list[Label])
_VIEWS: Final = ("linear", "trees")


def json_bytes(value: Any) -> bytes:
    """Canonical JSON as UTF-8; equal values give equal bytes. Raises ValueError for NaN."""
    return canonical_json(value).encode()


def json_from_bytes(content: bytes, part: str) -> Any:
    """The JSON of a part. NaN, infinity, repeated keys and deep nesting are refused as ``bundle_unreadable``."""

    def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key stands twice")
        return found

    def no_constant(name: str) -> Any:
        raise ValueError(name)

    def finite(text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(text)
        return number

    try:
        return json.loads(
            content.decode("utf-8"), object_pairs_hook=no_repeats, parse_constant=no_constant, parse_float=finite
        )
    except (ValueError, RecursionError) as error:
        raise unreadable(f"its part '{part}' is not sound JSON") from error


def model_parts(model: Model) -> dict[str, bytes]:
    """The parts ``model.json``, ``recipes/*`` and ``learners/*``."""
    parts: dict[str, bytes] = {}
    members = []
    for index, member in enumerate(model.members):
        description, arrays = member.learner.to_parts()
        names = sorted(arrays)
        parts[f"learners/{index}.json"] = json_bytes(
            {"format": member.learner.name, "description": description, "arrays": names}
        )
        for name in names:
            parts[f"learners/{index}.{name}.npy"] = array_bytes(arrays[name])
        told = {"candidate": member.candidate, "view": member.view, "weight": float(member.weight)}
        members.append(told if member.shift is None else told | {"shift": [float(each) for each in member.shift]})
    used = sorted({member.view for member in model.members})
    for view in used:
        parts[f"recipes/{view}.json"] = json_bytes(model.recipes[view].to_dict())
    parts["model.json"] = json_bytes(
        {
            "problem": model.problem,
            "target": model.target,
            "classes": [_plain(label) for label in model.classes],
            "members": members,
            "slope": float(model.slope),
            "offsets": [float(value) for value in np.atleast_1d(model.offsets)],
            "threshold": float(model.threshold),
            "intervals": _intervals_dict(model.intervals),
            **({} if model.vote == "margins" else {"vote": model.vote}),
        }
    )
    return parts


def model_from_parts(parts: Mapping[str, bytes]) -> Model:
    """The model that :func:`model_parts` took apart.

    Raises:
        InvalidInput: ``bundle_unreadable`` (or the learner's or recipe's own code) when anything does not fit.
    """
    try:
        data = json_from_bytes(parts["model.json"], "model.json")
        problem = cast("Problem", data["problem"])
        classes = _LABELS.validate_python(data["classes"], strict=True)
        members = [_member(parts, index, member) for index, member in enumerate(data["members"])]
        model = Model(
            problem=problem,
            target=str(data["target"]),
            classes=classes,
            recipes=_recipes(parts),
            members=members,
            slope=float(data["slope"]),
            offsets=np.array([float(value) for value in data["offsets"]]),
            threshold=float(data["threshold"]),
            intervals=_intervals(data["intervals"]),
            vote=data.get("vote", "margins"),
        )
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
        raise unreadable("its description of the model is not complete") from error
    _check(model)
    return model


def _member(parts: Mapping[str, bytes], index: int, data: dict[str, Any]) -> Member:
    name = f"learners/{index}.json"
    described = json_from_bytes(parts[name], name)
    formats = discover("narrative.engine.learners", Learner)
    if described["format"] not in formats:
        raise unreadable(f"its part '{name}' has a format this version does not know")
    arrays: Arrays = {}
    for array in described["arrays"]:
        part = f"learners/{index}.{array}.npy"
        arrays[str(array)] = array_from_bytes(parts[part], part)
    if data["view"] not in _VIEWS:
        raise unreadable(f"member {index} reads an unknown view")
    learner = formats[described["format"]].from_parts(described["description"], arrays)
    given = data.get("shift")
    shift = None if given is None else np.array([float(value) for value in given])
    return Member(str(data["candidate"]), cast("View", data["view"]), learner, float(data["weight"]), shift)


def _recipes(parts: Mapping[str, bytes]) -> dict[View, FittedRecipe]:
    names = {view: f"recipes/{view}.json" for view in _VIEWS}
    return {
        cast("View", view): FittedRecipe.from_dict(json_from_bytes(parts[name], name))
        for view, name in names.items()
        if name in parts
    }


def _check(model: Model) -> None:
    """Everything that :class:`Model` takes for granted."""
    n_outputs = len(model.classes) if model.problem == "multiclass" else 1
    wanted = {"binary": len(model.classes) == 2, "multiclass": len(model.classes) >= 2, "regression": not model.classes}
    shifts = [member.shift for member in model.members if member.shift is not None]
    weights = [member.weight for member in model.members]
    numbers = [model.slope, model.threshold, *model.offsets, *weights, *(each for shift in shifts for each in shift)]
    faults = {
        "its problem is unknown or does not fit its classes": not wanted.get(model.problem, False),
        "a class stands twice": len({(type(label), label) for label in model.classes}) != len(model.classes),
        "it has no member": not model.members,
        "its members vote in an unknown way": model.vote not in VOTES,
        "its members vote without weights": model.vote != "margins" and _weightless(model),
        "a number in it is not finite": not all(math.isfinite(number) for number in numbers),
        "its offsets do not fit its outputs": len(model.offsets) not in (1, n_outputs),
        "a member's shift does not fit its outputs": any(len(shift) != n_outputs for shift in shifts),
        "its threshold is not a probability": not 0.0 <= model.threshold <= 1.0,
        "a member's outputs do not fit": any(member.learner.n_outputs != n_outputs for member in model.members),
    }
    for member in model.members:
        recipe = model.recipes.get(member.view)
        fits = recipe is not None and member.learner.n_features == len(recipe.feature_names)
        faults["a member's features do not fit its recipe"] = not fits
        if not fits:
            break
    for fault, found in faults.items():
        if found:
            raise unreadable(fault)


def _weightless(model: Model) -> bool:
    weights = [member.weight for member in model.members]
    return min(weights, default=0.0) < 0.0 or sum(weights) <= 0.0


def _intervals_dict(intervals: Intervals | None) -> dict[str, Any] | None:
    if intervals is None:
        return None
    return {
        "coverage": float(intervals.coverage),
        "edges": [float(value) for value in intervals.edges],
        "lower": [float(value) for value in intervals.lower],
        "upper": [float(value) for value in intervals.upper],
    }


def _intervals(data: dict[str, Any] | None) -> Intervals | None:
    if data is None:
        return None
    edges, lower, upper = (np.array([float(v) for v in data[name]]) for name in ("edges", "lower", "upper"))
    sorted_edges = bool(np.all(np.diff(edges) >= 0))
    if not (len(lower) == len(upper) == len(edges) + 1 and sorted_edges and np.all(lower <= upper)):
        raise unreadable("its prediction intervals do not fit together")
    return Intervals(float(data["coverage"]), edges, lower, upper)


def _plain(label: Any) -> Label:
    """A label as plain Python, also when it came as a numpy scalar."""
    value = label.item() if isinstance(label, np.generic) else label
    if isinstance(value, str | int | float | bool):
        return value
    raise InvalidInput(
        "class_label_unfit", f"A class label cannot be {value!r}.", fix="Make the target text or numbers."
    )


def array_owner(part: str) -> tuple[str, str] | None:
    """Description part and array name that a ``.npy`` part belongs to; None for other parts."""
    found = _ARRAY_PART.fullmatch(part)
    return (f"learners/{int(found[1])}.json", found[2]) if found else None
