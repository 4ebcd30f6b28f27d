"""Groups that are there are found and told; where there are none, none are told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from narrative.core.errors import InvalidInput, NotApplicable
from narrative.engine.exploration import find_groups
from narrative.engine.exploration.matrix import UsedColumns
from narrative.engine.exploration.numbers import monte_carlo, silhouette
from narrative.engine.exploration.traits import traits_of
from narrative.engine.story.facts import FactBook
from narrative.engine.story.sources import Sources
from narrative.engine.story.verifier import Verifier

CENTRES = np.array([[0, 0, 0, 3], [6, 0, 6, 0], [0, 6, 6, 0]], dtype=float)


def planted(n_rows: int = 600, seed: int = 1) -> tuple[pl.DataFrame, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Three groups in four numbers and a category that goes along in nine of ten rows."""
    rng = np.random.default_rng(seed)
    own = rng.integers(0, 3, n_rows)
    points = rng.normal(size=(n_rows, 4)) + CENTRES[own]
    told = np.where(rng.random(n_rows) < 0.9, own, rng.integers(0, 3, n_rows))
    columns: dict[str, object] = {f"n{i}": points[:, i] for i in range(4)}
    columns["kind"] = np.array(["red", "green", "blue"])[told]
    columns["order_id"] = [f"A-{row:05d}" for row in range(n_rows)]
    return pl.DataFrame(columns), own.astype(np.int64)


def test_planted_groups_are_found_row_by_row_and_identifiers_stay_out() -> None:
    from sklearn.metrics import adjusted_rand_score

    frame, own = planted()
    found = find_groups(frame)
    assert found.result.is_clear
    assert found.result.number == 3
    assert adjusted_rand_score(own, found.labels) > 0.97
    assert [column.column for column in found.result.left_out] == ["order_id"]
    assert min(group.stability for group in found.result.groups) > 0.9
    assert [group.n_rows for group in found.result.groups] == sorted(np.bincount(own).tolist(), reverse=True)


def test_what_is_said_of_a_group_is_what_the_table_holds() -> None:
    frame, _ = planted()
    found = find_groups(frame)
    first = found.result.groups[0]
    inside = frame.filter(pl.Series(found.labels == 1))
    outside = frame.filter(pl.Series(found.labels != 1))
    for trait in first.traits:
        if trait.level is None:
            assert trait.inside == pytest.approx(float(np.median(inside[trait.column])))
            assert trait.outside == pytest.approx(float(np.median(outside[trait.column])))
        else:
            assert trait.inside == pytest.approx((inside[trait.column] == trait.level).sum() / inside.height)
    assert len(first.sentences) == 1 + len(first.traits)
    assert f"{inside.height:,} rows" in first.sentences[0].text
    assert found.result.story.cut == []


def test_a_group_is_described_by_a_value_it_has_never_by_one_it_lacks() -> None:
    frame = pl.DataFrame({"species": ["Gentoo"] * 40 + ["Adelie"] * 40 + ["Chinstrap"] * 20})
    labels = np.array([1] * 40 + [2] * 60)
    used = UsedColumns(numbers=[], categories=["species"], left_out=[])
    first, second = traits_of(frame, used, labels)
    assert [(trait.level, trait.inside) for trait in first] == [("Gentoo", 1.0)]
    assert [trait.level for trait in second] == ["Adelie"]
    assert second[0].inside == pytest.approx(2 / 3)


def test_a_table_of_another_content_does_not_prove_the_sentences() -> None:
    frame, _ = planted()
    fact = next(fact for fact in find_groups(frame).result.groups[0].facts if fact.formula == "question.rows")
    other = frame.with_columns(pl.lit("Group 1").alias("group"))
    book = FactBook(Sources(table=other, table_hash="0" * 64))
    assert Verifier(book.sources, {fact.id: fact}).fact_problem(fact.id) is not None


def test_noise_has_no_clear_groups() -> None:
    rng = np.random.default_rng(5)
    found = find_groups(pl.DataFrame({f"c{i}": rng.random(400) for i in range(4)}))
    assert not found.result.is_clear
    assert found.result.groups == []
    assert set(found.labels.tolist()) == {0}
    assert "without clear groups" in found.result.story.headline.text


def test_a_number_that_is_asked_for_is_given_and_said_to_be_unclear() -> None:
    rng = np.random.default_rng(5)
    found = find_groups(pl.DataFrame({f"c{i}": rng.random(300) for i in range(3)}), number=3)
    assert found.result.number == 3
    assert not found.result.is_clear
    assert "asked for" in found.result.warnings[0]
    assert "were put into" in found.result.story.headline.text


def test_the_same_seed_gives_the_same_groups() -> None:
    frame, _ = planted(200)
    assert find_groups(frame, seed=3).result == find_groups(frame, seed=3).result


def test_silhouettes_agree_with_another_implementation() -> None:
    from sklearn.metrics import pairwise_distances, silhouette_score

    rng = np.random.default_rng(0)
    points, labels = rng.normal(size=(90, 3)), rng.integers(0, 3, 90)
    assert silhouette(pairwise_distances(points), labels) == pytest.approx(silhouette_score(points, labels))


def test_the_monte_carlo_share_counts_the_table_itself() -> None:
    drawn = np.arange(39.0)[:, None]
    assert monte_carlo(np.array([100.0]), drawn) == pytest.approx(1 / 40)
    assert monte_carlo(np.array([-1.0]), drawn) == 1.0


@pytest.mark.parametrize("number", [1, 21])
def test_impossible_numbers_of_groups_are_refused(number: int) -> None:
    with pytest.raises(InvalidInput, match="groups cannot be made") as caught:
        find_groups(planted(200)[0], number=number)
    assert caught.value.code == "groups_out_of_range"


def test_too_small_a_table_is_refused_with_what_is_needed() -> None:
    with pytest.raises(NotApplicable) as caught:
        find_groups(pl.DataFrame({"a": [1.0, 2.0], "b": [1.0, 3.0]}))
    assert caught.value.code == "too_little_to_explore"


@pytest.mark.slow
def test_groups_are_seen_in_noise_as_rarely_as_stated() -> None:
    """30 tables each of three kinds: with a rate of 5 %, more than 5 of 30 alarms happen once in 300 such runs."""
    rng = np.random.default_rng(11)
    alarms = {"uniform": 0, "correlated": 0, "categories": 0}
    for _ in range(30):
        hidden = rng.normal(size=(250, 1))
        tables = {
            "uniform": {f"c{i}": rng.random(250) for i in range(3)},
            "correlated": {f"c{i}": (hidden + rng.normal(size=(250, 1)))[:, 0] for i in range(3)},
            "categories": {"a": rng.normal(size=250), **{f"k{i}": rng.choice(["x", "y", "z"], 250) for i in range(3)}},
        }
        for name, columns in tables.items():
            alarms[name] += find_groups(pl.DataFrame(columns)).result.is_clear
    assert max(alarms.values()) <= 5, alarms
