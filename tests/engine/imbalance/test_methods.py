"""Made rows: where they lie, how many there are, what happens with very few, and that categories stay categories."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from narrative.core.errors import InvalidInput
from narrative.core.plugins import discover
from narrative.engine.imbalance import _making
from narrative.engine.imbalance._space import Space
from narrative.engine.imbalance.base import Balanced, Imbalance, Layout, Rows, made_method
from narrative.engine.imbalance.borderline_smote import BorderlineSmote
from narrative.engine.types import FloatArray, IntArray

METHODS = discover("narrative.engine.imbalance", Imbalance)
MAKING = ["smote", "adasyn", "borderline_smote"]
OTHERS_OF_5 = [5, 5, 5, 4, 4, 5, 5, 5, 3, 3, 5, 4, 4, 4]
"""Rows of the other class among the five nearest of each rare row of :func:`table`, by imbalanced-learn 0.14.2."""
PLACES = {
    10: ([0, 1, 3, 4, 6, 8, 9, 11, 12, 13], [2, 5, 7, 10]),
    4: ([4, 8, 9, 11, 12, 13], [0, 1, 2, 3, 5, 6, 7, 10]),
}
"""``m_neighbors`` -> rare rows of :func:`table` in danger, and those that are noise, by imbalanced-learn 0.14.2."""


def method(name: str, **settings: Any) -> Imbalance[Any]:
    return made_method(METHODS[name], settings)


def table(seed: int = 5, n: int = 120, rare: int = 14) -> Rows:
    """Three numbers with mean 0 and deviation 1; the first rows are rare and lie to one side."""
    random = np.random.default_rng(seed)
    target = (np.arange(n) < rare).astype(np.float64)
    features = random.normal(size=(n, 3)) + target[:, None] * np.array([1.2, 0.6, 0.0])
    return Rows((features - features.mean(axis=0)) / features.std(axis=0), target, 2, Layout.numbers(3))


def nearest(features: FloatArray, of: int, among: IntArray, k: int) -> IntArray:
    """By definition, one row at a time."""
    distances = np.sqrt(((features[among] - features[of]) ** 2).sum(axis=1))
    return among[np.argsort(distances, kind="stable")][1 : k + 1]


def lies_between(made: FloatArray, rows: Rows, own: IntArray, k: int) -> bool:
    """Whether a made row is on the segment from a rare row to one of its k nearest rare rows."""
    for base in own:
        for partner in nearest(rows.features, int(base), own, k):
            line = rows.features[partner] - rows.features[base]
            share = float((made - rows.features[base]) @ line / (line @ line))
            if -1e-9 <= share <= 1 + 1e-9 and np.allclose(rows.features[base] + share * line, made, atol=1e-9):
                return True
    return False


def test_all_methods_are_there() -> None:
    assert set(METHODS) == {"none", "threshold", "class_weights", *MAKING}


@pytest.mark.parametrize("name", MAKING)
def test_made_rows_lie_on_the_line_to_a_near_row_of_their_class(name: str) -> None:
    rows = table()
    made = method(name, k_neighbors=3).balance(rows, seed=1)
    own = np.flatnonzero(rows.target == 1)
    assert np.array_equal(made.features[: rows.target.size], rows.features)
    assert made.after.tolist() == [106.0, 106.0]
    assert all(lies_between(row, rows, own, 3) for row in made.features[rows.target.size :])


@pytest.mark.parametrize("name", MAKING)
def test_the_same_seed_makes_the_same_rows_and_another_one_others(name: str) -> None:
    first, again, other = (method(name).balance(table(), seed=seed).features for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", MAKING)
def test_the_ratio_says_how_many_rows_there_are_afterwards(name: str) -> None:
    made = method(name, ratio=0.5).balance(table(), seed=1)
    assert (made.before.tolist(), made.after.tolist()) == ([106, 14], [106.0, 53.0])


@pytest.mark.parametrize("name", MAKING)
def test_neighbours_are_lowered_for_a_small_class_and_one_or_two_rows_are_repeated(name: str) -> None:
    four = method(name, k_neighbors=5).balance(table(n=60, rare=4), seed=1)
    assert four.after.tolist() == [56.0, 56.0]
    assert not [note for note in four.notes if "repeated" in note]
    for rare in (1, 2):
        rows = table(n=60, rare=rare)
        few = method(name).balance(rows, seed=1)
        assert few.after.tolist() == [60.0 - rare] * 2
        assert np.array_equal(np.unique(few.features[60:], axis=0), np.unique(rows.features[:rare], axis=0))
        assert f"only {'1 row' if rare == 1 else '2 rows'} to learn from" in few.notes[0]


@pytest.mark.parametrize("name", MAKING)
def test_every_rare_class_of_several_grows_and_an_absent_one_stays_absent(name: str) -> None:
    random = np.random.default_rng(3)
    target = np.repeat([0.0, 1.0, 2.0], [80, 12, 6])
    rows = Rows(random.normal(size=(98, 2)) + target[:, None], target, 4, Layout.numbers(2))
    assert method(name).balance(rows, seed=1).after.tolist() == [80.0, 80.0, 80.0, 0.0]


@pytest.mark.parametrize("name", MAKING)
def test_many_rare_classes_do_not_make_a_table_many_times_as_large(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    target = np.concatenate([np.zeros(400), np.repeat(np.arange(1.0, 26.0), 4)])
    rows = Rows(random.normal(size=(500, 2)) + target[:, None], target, 26, Layout.numbers(2))
    whole = method(name).balance(rows, seed=1)
    assert whole.after.tolist() == [400.0] * 26
    assert whole.notes == []
    monkeypatch.setattr(_making, "MOST_CELLS", 2 * 2_000)
    bounded = method(name).balance(rows, seed=1)
    # 9,900 rows are lacking and 2,000 may be made: 80 of the 396 that each class lacks.
    assert bounded.after.tolist() == [400.0] + [84.0] * 25
    assert bounded.notes[0].startswith("Only 2,000 of 9,900 rows")
    monkeypatch.setattr(_making, "MOST_CELLS", 1)
    assert method(name).balance(rows, seed=1).after.sum() == 1_000.0


@pytest.mark.parametrize("name", MAKING)
def test_a_balanced_table_stays_as_it_is(name: str) -> None:
    rows = Rows(np.arange(8.0)[:, None], np.array([0.0, 1.0] * 4), 2, Layout.numbers(1))
    made = method(name).balance(rows, seed=1)
    assert np.array_equal(made.features, rows.features)
    assert made.shift is None


@pytest.mark.parametrize("name", MAKING)
def test_categories_are_taken_from_a_row_and_never_mixed(name: str) -> None:
    """Ones and zeros of a category, and the mean of the target beside them, come as some row of the class has them."""
    random = np.random.default_rng(2)
    level = random.integers(3, size=90)
    target = (np.arange(90) < 12).astype(np.float64)
    encoded = np.column_stack([np.eye(3)[level], np.array([0.1, 0.7, 0.4])[level]])
    features = np.column_stack([random.normal(size=90) + target, encoded])
    rows = Rows(features, target, 2, Layout([[1, 2, 3, 4]], [[0]]))
    made = method(name).balance(rows, seed=1).features[90:]
    known = {tuple(row) for row in encoded[:12].tolist()}
    assert {tuple(row) for row in made[:, 1:].tolist()} <= known
    assert len(np.unique(made[:, 0])) > 40

    mixed = method(name).balance(Rows(features, target, 2, Layout.numbers(5)), seed=1).features[90:]
    assert not {tuple(row) for row in mixed[:, 1:].tolist()} <= known, "the check would not notice mixed categories"


def test_a_category_is_the_one_most_neighbours_have() -> None:
    features = np.array(
        [[0.0, 0.0], [0.1, 1.0], [0.2, 1.0], [0.3, 1.0], [9.0, 0.0], [9.1, 0.0], [9.2, 0.0], [9.3, 0.0]]
    )
    rows = Rows(features, np.array([1.0] * 4 + [0.0] * 4), 2, Layout([[1]], [[0]]))
    extra = np.column_stack([np.linspace(9.4, 12, 40), np.zeros(40)])
    rows = Rows(np.concatenate([features, extra]), np.append(rows.target, np.zeros(40)), 2, rows.layout)
    made = method("smote", k_neighbors=3).balance(rows, seed=1).features[48:]
    assert (made[:, 1] == 1.0).all(), "three of the neighbours of every rare row have a 1, or two and itself"


@pytest.mark.parametrize("name", MAKING)
def test_a_gap_is_no_number_and_a_mark_beside_a_number_is_not_halved(name: str) -> None:
    random = np.random.default_rng(4)
    value = random.normal(size=80)
    missing = random.random(80) < 0.4
    gaps, filled = np.where(missing, np.nan, value), np.where(missing, 0.0, value)
    target = (np.arange(80) < 10).astype(np.float64)
    rows = Rows(np.column_stack([gaps, filled, missing]), target, 2, Layout([], [[0], [1, 2]]))
    made = method(name).balance(rows, seed=1).features[80:]
    assert set(np.unique(made[:, 2])) <= {0.0, 1.0}
    assert (made[made[:, 2] == 1.0, 1] == 0.0).all()
    if name == "smote":
        assert np.isnan(made[:, 0]).any(), "a row made from one with a gap keeps it"


def test_hardness_and_places_agree_with_imbalanced_learn() -> None:
    """Numbers of imbalanced-learn 0.14.2 on the same rows."""
    rows, own = table(), np.arange(14, dtype=np.int64)
    rare = _making.Rare(rows, Space(rows.features, rows.layout), 1, own, np.random.default_rng(1))
    assert rare.share_of_others(5).tolist() == pytest.approx([count / 5 for count in OTHERS_OF_5])
    for m_neighbors, (danger, noise) in PLACES.items():
        borderline = method("borderline_smote", m_neighbors=m_neighbors)
        assert isinstance(borderline, BorderlineSmote)
        places = borderline.places(rare)
        assert np.flatnonzero(places == "danger").tolist() == danger
        assert np.flatnonzero(places == "noise").tolist() == noise


def test_adasyn_makes_rows_where_it_is_hard() -> None:
    """Half of the rare rows lie among others, half far away: nothing is made of the latter."""
    random = np.random.default_rng(6)
    others, near, far = random.normal(size=(200, 2)), random.normal(size=(10, 2)), random.normal(size=(10, 2)) + 40
    target = np.repeat([0.0, 1.0], [200, 20])
    rows = Rows(np.concatenate([others, near, far]), target, 2, Layout.numbers(2))
    adasyn, smote = (method(name).balance(rows, seed=1).features[220:] for name in ("adasyn", "smote"))
    assert (adasyn[:, 0] > 20).mean() == 0.0
    assert (smote[:, 0] > 20).mean() == pytest.approx(0.5, abs=0.1)


def test_borderline_of_kind_2_also_reaches_half_the_way_to_other_rows() -> None:
    rows = table()
    own = np.flatnonzero(rows.target == 1)
    made = method("borderline_smote", kind=2, k_neighbors=3).balance(rows, seed=1).features[120:]
    inside = [lies_between(row, rows, own, 3) for row in made]
    assert 0.3 < np.mean(inside) < 0.7
    others = np.flatnonzero(rows.target == 0)
    for row in made[~np.array(inside)][:10]:
        shares = [
            float((row - rows.features[base]) @ line / (line @ line))
            for base in own
            for other in others
            for line in [rows.features[other] - rows.features[base]]
            if np.allclose(np.cross(row - rows.features[base], line), 0.0, atol=1e-9)
        ]
        assert shares
        assert all(0.0 <= share <= 0.5 for share in shares)


def test_no_row_in_danger_and_no_hard_row_are_said() -> None:
    target = np.repeat([0.0, 1.0], [40, 8])
    random = np.random.default_rng(7)
    rows = Rows(random.normal(size=(48, 2)) + 50 * target[:, None], target, 2, Layout.numbers(2))
    assert "No rare row was in danger" in method("borderline_smote", m_neighbors=5).balance(rows, seed=1).notes[0]
    assert "No rare row had another class close by" in method("adasyn").balance(rows, seed=1).notes[0]


def test_class_weights_are_those_of_scikit_learn() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    rows = table()
    made = method("class_weights").balance(rows, seed=1)
    known = compute_class_weight("balanced", classes=np.array([0.0, 1.0]), y=rows.target)
    assert made.weights is not None
    assert made.weights == pytest.approx(known[rows.target.astype(int)])
    assert made.features is rows.features
    half = method("class_weights", strength=0.5).balance(rows, seed=1)
    assert half.after[0] / half.after[1] == pytest.approx(np.sqrt(106 / 14))


def test_the_shift_leads_back_to_the_shares_as_given() -> None:
    """A model that knows nothing learns the shares of what it was given; shifted, those of the table."""
    for name in ("class_weights", *MAKING):
        made = method(name).balance(table(), seed=1)
        assert made.shift is not None
        learned = np.log(made.after[1] / made.after[0])
        assert 1 / (1 + np.exp(-(learned + made.shift[0]))) == pytest.approx(14 / 120)
    several = Balanced(np.zeros((4, 1)), np.array([0.0, 0.0, 1.0, 2.0]), 3, 4, weights=np.array([1.0, 1.0, 2.0, 2.0]))
    assert several.shift is not None
    shares = np.exp(np.log(several.after / several.after.sum()) + several.shift)
    assert shares / shares.sum() == pytest.approx([0.5, 0.25, 0.25])


def test_untouched_rows_are_weighed_as_in_training() -> None:
    made = method("class_weights").balance(table(), seed=1)
    untouched = np.array([0.0] * 106 + [1.0] * 14)
    weights = made.weights_of(untouched)
    assert weights is not None
    assert weights[:106].sum() == pytest.approx(weights[106:].sum())
    assert method("none").balance(table(), seed=1).weights_of(untouched) is None


@pytest.mark.parametrize("name", sorted(METHODS))
def test_each_method_says_what_it_does_and_refuses_settings_it_does_not_know(name: str) -> None:
    kind = METHODS[name]
    assert kind.sentence.endswith(".")
    assert kind.title
    with pytest.raises(InvalidInput) as error:
        made_method(kind, {"neighbours": 3})
    assert error.value.code == "imbalance_setting_invalid"
    assert "neighbours" in error.value.message


@pytest.mark.parametrize(("name", "settings"), [("smote", {"k_neighbors": 0}), ("adasyn", {"ratio": 1.5})])
def test_a_setting_out_of_its_bounds_is_named_with_its_value(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=str(next(iter(settings.values())))):
        made_method(METHODS[name], settings)
