"""Stories of generated tables of every shape: all numbers bound, false ones rejected. See ``benchmarks/stories.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.stories import TOO_SLOW, Tally, believed, generated, misses, verified
from benchmarks.story_scanner import sentences, unbound
from benchmarks.story_tables import SHAPES, make_table

from narrative.engine.story import tell_load
from narrative.engine.story.types import Story
from tests.fixtures.outcomes import outcome

EACH_SHAPE = [place + len(SHAPES) * rows for place, rows in enumerate((4, 6, 3, 5, 4, 2, 3, 4, 1))]


def _tally(seeds: list[int], folder: Path, judge: Any) -> Tally:
    tally = Tally()
    generated(tally, seeds, folder, judge)
    return tally


def _missed(tally: Tally) -> list[str]:
    """Goals missed, apart from time, which is another machine's affair."""
    return [text for text in misses(tally) if text != TOO_SLOW]


def test_no_number_is_unbound_and_no_lie_survives_in_tables_of_every_shape(tmp_path: Path) -> None:
    tally = _tally(EACH_SHAPE, tmp_path, verified)
    assert tally.numbers_unbound + tally.cut + tally.misshapen + tally.survivors == []
    assert _missed(tally) == []
    assert tally.stories >= 2 * len(EACH_SHAPE)
    assert sum(tally.planted.values()) > 200


def test_with_the_verifier_switched_off_lies_are_shown_and_it_is_noticed(tmp_path: Path) -> None:
    missed = _missed(_tally([8 * len(SHAPES)], tmp_path, believed))
    assert "a false number was shown" in missed
    assert "false directions were shown" in missed


def test_equal_seeds_give_equal_tables() -> None:
    assert make_table(31) == make_table(31)
    assert len({make_table(seed).data for seed in range(40)}) == 40


def _story() -> tuple[dict[str, Any], dict[str, Any]]:
    made = outcome("binary")
    story: Story = tell_load(made.imported, made.frame)
    return json.loads(story.model_dump_json()), {name: made.frame[name].to_list() for name in made.frame.columns}


def test_the_scanner_finds_nothing_in_a_sound_story() -> None:
    story, cells = _story()
    assert unbound(sentences(story), story["facts"], cells) == []


def _typed(story: dict[str, Any]) -> None:
    story["found"][0]["parts"].append({"text": " Seven of them."})
    story["found"][0]["text"] += " Seven of them."


def _altered(story: dict[str, Any]) -> None:
    part = next(part for part in story["headline"]["parts"] if "fact" in part)
    story["headline"]["text"] = story["headline"]["text"].replace(part["text"], "1" + part["text"], 1)
    part["text"] = "1" + part["text"]


def _recorded_wrongly(story: dict[str, Any]) -> None:
    fact = next(fact for fact in story["facts"] if fact["formula"] == "table.rows")
    fact["value"] += 1


def _without_its_fact(story: dict[str, Any]) -> None:
    story["facts"].clear()


@pytest.mark.parametrize("damage", [_typed, _altered, _recorded_wrongly, _without_its_fact])
def test_the_scanner_notices_every_kind_of_damage(damage: Any) -> None:
    story, cells = _story()
    damage(story)
    assert unbound(sentences(story), story["facts"], cells) != []


@pytest.mark.slow
def test_many_tables_hold_no_unbound_number_and_thousands_of_lies_are_rejected(tmp_path: Path) -> None:
    """The two hundred of the benchmark take four minutes; every kind of table is among the first sixty."""
    tally = _tally(list(range(60)), tmp_path, verified)
    assert tally.numbers_unbound + tally.cut + tally.misshapen == []
    assert _missed(tally) == []
    numbers, directions = tally.rejected("number"), tally.rejected("direction")
    assert numbers[0] == numbers[1] >= 2_000
    assert directions[1] >= 500
