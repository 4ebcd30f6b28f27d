"""A bundle read with the standard library alone, by docs/reference/bundle.md: files outlive programs."""

from __future__ import annotations

import json
import math
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from narrative.engine.bundle import build_contract, write_bundle
from narrative.engine.learners.linear import Linear
from narrative.engine.model import Member, Model
from narrative.engine.preparation import automatic_recipe
from narrative.engine.steps.base import FitContext
from tests.fixtures.frames import profile_of


def array(content: bytes) -> list[float]:
    """The float64 numbers of a .npy part."""
    start = 10 + struct.unpack("<H", content[8:10])[0]
    return list(struct.unpack(f"<{(len(content) - start) // 8}d", content[start:]))


def prepared(row: dict[str, Any], recipe: dict[str, Any]) -> list[float]:
    """Features of one row: impute, scale, group and one-hot encode as described."""
    for step in recipe["steps"]:
        kind, params, state = step["spec"]["type"], step["spec"]["params"], step["state"]
        if kind == "impute":
            row |= {mark: float(row[column] is None) for column, mark in state["indicators"]}
            row |= {c: fill["value"] if row[c] is None else float(row[c]) for c, fill in state["fill"]}
        elif kind == "scale":
            for column, learned in state["scales"].items():
                scaled = (row[column] - learned["centre"]) * (1 / learned["width"])
                row[column] = max(-params["clip"], min(params["clip"], scaled))
        elif kind == "encode":
            assert params["method"] == "one_hot"
            for column, learned in state["columns"]:
                hot = [float(row[column] == level) for level in learned["levels"]]
                hot += [float(row[column] not in learned["seen"])] * (len(learned["names"]) - len(hot))
                row |= dict(zip(learned["names"], hot, strict=True))
        elif kind == "group_rare_categories":
            assert all(learned["rare"] == [] for learned in state["columns"].values())
        else:
            raise AssertionError(kind)
    return [row[name] for name in recipe["feature_names"]]


def test_anyone_can_compute_the_check_rows(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    ages = [None if age % 9 == 0 else int(age) for age in random.integers(18, 90, 80)]
    frame = pl.DataFrame(
        {"age": ages, "fare": random.gamma(2, 9, 80), "city": random.choice(["Rome", "Oslo"], 80).tolist()}
    )
    target = pl.Series("target", random.choice(["no", "yes"], 80).tolist())
    recipe = automatic_recipe(profile_of(frame), target="target", problem="binary", view="linear")
    fitted, features, _ = recipe.fit_matrix(frame, FitContext(target, "binary"))
    learner = Linear(random.normal(size=(1, features.shape[1])), np.array([0.3]), features.mean(axis=0))
    member = Member("linear", "linear", learner, 1.0)
    model = Model("binary", "target", ["no", "yes"], {"linear": fitted}, [member], slope=0.8, offsets=np.array([0.05]))
    contract = build_contract(profile_of(frame), frame, "target", model.classes, problem="binary")
    path = write_bundle(tmp_path / "m.narrative", model, contract=contract, evaluation={}, check_frame=frame).path

    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    described, checks = json.loads(parts["model.json"]), json.loads(parts["checks.json"])
    weights, bias = array(parts["learners/0.weights.npy"]), array(parts["learners/0.bias.npy"])
    for place, expected in enumerate(checks["margins"]):
        row = {column["name"]: column["values"][place] for column in checks["columns"]}
        cells = prepared(row, json.loads(parts["recipes/linear.json"]))
        margin = bias[0] + sum(weight * cell for weight, cell in zip(weights, cells, strict=True))
        margin = described["slope"] * described["members"][0]["weight"] * margin + described["offsets"][0]
        assert margin == pytest.approx(expected[0], abs=1e-12)
        positive = 1 / (1 + math.exp(-margin)) >= described["threshold"]
        assert described["classes"][positive] == checks["answers"][place]
    assert len(checks["margins"]) == 21
