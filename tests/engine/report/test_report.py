"""The report: one self-contained page and the same facts as JSON, the same bytes for the same input."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from narrative.engine.learners.constant import Constant
from narrative.engine.report import ReportFiles, ReportInput, build_profile_report, build_report, chart_papers
from narrative.engine.report.assessment import assess
from narrative.engine.story import tell_pipeline
from narrative.engine.training.types import Importance, TrainingResult
from narrative.engine.types import Problem
from tests.fixtures.outcomes import Outcome, outcome

PROBLEMS: tuple[Problem, ...] = ("binary", "multiclass", "regression")
LIMIT_BYTES = 1_000_000
HOSTILE = "<script>alert(1)</script>\"'&"


def _input(made: Outcome, name: str = "customers.csv") -> ReportInput:
    stories = tell_pipeline(made.result, made.frame, imported=made.imported)
    return ReportInput(
        name,
        made.profile,
        made.result,
        stories,
        imported=made.imported,
        bundle_sha256="cd" * 32,
        program_version="1.2.3",
    )


@pytest.fixture(scope="module", params=PROBLEMS)
def files(request: pytest.FixtureRequest) -> ReportFiles:
    return build_report(_input(outcome(request.param)))


class _Page(HTMLParser):
    """Tags, ids, links and everything a browser would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.events: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a":
            self.links.append(str(values.get("href")))
        self.loads += [str(values[name]) for name in ("src", "srcset", "poster", "data", "action") if name in values]
        self.events += [name for name in values if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_loads_nothing_from_outside_and_runs_nothing(files: ReportFiles) -> None:
    page = _Page(files.html)
    assert page.loads == []
    assert page.events == []
    assert not {"script", "link", "iframe", "object", "form", "img"} & set(page.tags)
    assert set(re.findall(r"url\(\"?([a-z]+):", files.html)) <= {"data"}
    assert "http" not in files.html.replace('http-equiv="Content-Security-Policy"', "")


def test_the_page_and_the_json_are_small(files: ReportFiles) -> None:
    assert len(files.html.encode()) <= LIMIT_BYTES
    assert len(files.json.encode()) <= LIMIT_BYTES


def test_every_link_has_its_place_and_every_id_is_there_once(files: ReportFiles) -> None:
    page = _Page(files.html)
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_every_number_in_a_headline_opens_its_fact(files: ReportFiles) -> None:
    page = _Page(files.html)
    assert sum(link.startswith("#model_evaluation-") for link in page.links) >= 5


@pytest.mark.parametrize("problem", PROBLEMS)
def test_charts_tell_their_finding_to_pages_that_draw_them_themselves(problem: Problem) -> None:
    told, _ = chart_papers(outcome(problem).result)
    assert told
    for words in told:
        assert words.caption
        known = {fact.id for fact in words.facts}
        for part in words.headline.parts:
            assert "fact" not in part or part["fact"] in known
            assert "fact" in part or not re.search(r"\d", part["text"])


def test_every_chart_has_a_text_alternative_and_a_table(files: ReportFiles) -> None:
    figures = re.findall(r"<figure.*?</figure>", files.html, flags=re.DOTALL)
    assert figures
    for figure in figures:
        assert 'role="img"' in figure
        assert re.search(r'aria-label="[^"]+"', figure)
        assert "<table>" in figure
        assert "<h3>" in figure


def test_the_same_input_gives_the_same_bytes() -> None:
    assert build_report(_input(outcome())) == build_report(_input(outcome()))


def test_json_holds_the_same_score_as_the_page(files: ReportFiles) -> None:
    data = json.loads(files.json)
    headline = next(story for story in data["stories"] if story["stage"] == "model_evaluation")["headline"]["text"]
    assert headline in re.sub(r"\s+", " ", _Page(files.html).text)
    assert data["evaluation"]["score"] == pytest.approx(
        next(
            fact["value"]
            for story in data["stories"]
            if story["stage"] == "model_evaluation"
            for fact in story["facts"]
            if fact["id"] == "score"
        )
    )


def test_names_from_the_data_cannot_become_markup() -> None:
    made = outcome("binary")
    columns = [
        column.model_copy(update={"name": HOSTILE}) if column.name == "contract" else column
        for column in made.profile.columns
    ]
    importances = [_renamed(item) for item in made.result.importances]
    profile = made.profile.model_copy(update={"columns": columns})
    result = replace(made.result, profile=profile, importances=importances, warnings=[HOSTILE])
    given = replace(_input(made, name=HOSTILE), profile=profile, result=result)
    html = build_report(given).html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def _renamed(item: Importance) -> Importance:
    return item.model_copy(update={"column": HOSTILE}) if item.column == "contract" else item


def test_numbers_that_are_none_become_null_in_json() -> None:
    made = outcome("regression")
    evaluation = made.result.evaluation.model_copy(
        update={"interval": (0.0, float("inf")), "honesty_gap": float("nan")}
    )
    files = build_report(_input(replace(made, result=replace(made.result, evaluation=evaluation))))
    data = json.loads(files.json, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    assert data["evaluation"]["honesty_gap"] is None
    assert data["evaluation"]["interval"][1] is None


def test_a_model_without_importances_or_curves_still_has_a_page() -> None:
    made = outcome("binary")
    bare = made.result.evaluation.model_copy(
        update={
            "roc": None, "precision_recall": None, "calibration": None, "lift": None, "thresholds": None,
            "confusion": None, "companions": {}, "calibration_counts": [],
        }
    )  # fmt: skip
    result = replace(made.result, evaluation=bare, importances=[], candidates=made.result.candidates[-2:])
    html = build_report(_input(replace(made, result=result))).html
    assert "What it relies on" not in html
    assert "<figure" not in html


def test_five_thousand_columns_stay_under_a_megabyte() -> None:
    made = outcome("binary", 60)
    template = next(column for column in made.profile.columns if column.name == "tenure")
    many = [template.model_copy(update={"name": f"measure_{place}"}) for place in range(5_000)]
    profile = made.profile.model_copy(update={"columns": [*made.profile.columns, *many], "n_columns": 5_006})
    unit = made.result.importances[0]
    importances = [unit.model_copy(update={"column": column.name}) for column in many]
    given = replace(
        _input(made), profile=profile, result=replace(made.result, profile=profile, importances=importances)
    )
    assert len(build_report(given).html.encode()) <= LIMIT_BYTES


@pytest.mark.parametrize("with_target", [True, False])
def test_a_table_alone_has_a_page_too(with_target: bool) -> None:
    made = outcome("binary")
    profile = made.profile if with_target else made.profile.model_copy(update={"target": None, "problem": None})
    from narrative.engine.story import tell_load, tell_profile

    stories = [tell_load(made.imported, made.frame), tell_profile(profile, made.frame)]
    page = build_profile_report(profile, stories, name="customers.csv", imported=made.imported, version="1.2.3")
    assert ("Relation to target" in page.html) is with_target
    assert "too few cells" in page.html
    assert len(_Page(page.html).ids) == len(set(_Page(page.html).ids))
    assert json.loads(page.json)["profile"]["n_rows"] == 600


def test_the_page_says_which_model_learned_from_which_rows() -> None:
    made = outcome("binary")
    page = _page(made.result, made)
    assert "<dt>Scored on</dt><dd>120 rows kept aside</dd>" in page
    assert "<dt>Scored model learned from</dt><dd>480 rows</dd>" in page
    assert "<dt>Delivered model learned from</dt><dd>all 600 rows</dd>" in page
    page = _page(replace(made.result, n_rows_learned=384), made)
    assert "<dt>Delivered model learned from</dt><dd>384 rows of 600</dd>" in page


def test_the_page_of_a_cross_validated_model_counts_no_row_twice() -> None:
    made = outcome("binary")
    evaluation = made.result.evaluation.model_copy(update={"method": "cross_validation", "n_train_rows": 480})
    page = _page(replace(made.result, evaluation=evaluation), made)
    assert "<dt>Scored on</dt><dd>120 rows, unseen in turn</dd>" in page
    assert "<dt>Scored model learned from</dt><dd>about 480 rows each</dd>" in page
    assert "counts each row once" in page


def _page(result: TrainingResult, made: Outcome) -> str:
    return build_report(_input(replace(made, result=result))).html


def test_a_model_that_only_guesses_has_no_chart_of_its_likeliest_rows() -> None:
    result = outcome("binary").result
    learner = Constant(6, np.asarray([0.3]))
    member = replace(result.model.members[0], candidate="baseline", learner=learner, weight=1.0)
    guessing = replace(result, best_candidate="baseline", model=replace(result.model, members=[member]))
    ranking = {"roc", "precision-recall", "lift"}
    assert ranking <= {words.id for words in chart_papers(result)[0]}
    assert not ranking & {words.id for words in chart_papers(guessing)[0]}


def test_groups_can_be_told_apart_where_rows_are_too_few_for_weak_spots() -> None:
    made = outcome("binary")
    assessed = assess(made.result, made.frame)
    assert assessed.slices is None
    assert [fair.column for fair in assessed.fairness] == ["senior"]
    page = _Page(build_report(replace(_input(made), assessment=assessed)).html)
    assert "How the groups of senior fare" in page.text
    assert "Weak groups was not told" not in page.text


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_number_of_the_assessed_sentences_opens_its_fact(problem: Problem) -> None:
    made = outcome(problem, 2_000)
    assessed = assess(made.result, made.frame)
    words = [assessed.figures.words, *(fair.words for fair in assessed.fairness)]
    words += [dependence.words for dependence in assessed.dependence]
    words += [each.words for each in (assessed.outlook, assessed.slices) if each is not None]
    assert len(words) >= 4
    for said in words:
        known = {fact.id for fact in said.facts}
        for part in said.sentence.parts if said.sentence else []:
            assert "fact" not in part or part["fact"] in known
            assert "fact" in part or not re.search(r"\d", part["text"])
    page = _Page(build_report(replace(_input(made), assessment=assessed)).html)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert any(link.startswith("#told-expect-") for link in page.links)


def test_what_to_expect_is_what_the_rows_scored_gave() -> None:
    made = outcome("binary", 2_000)
    result = made.result
    answers = result.test_predictions[:, 1] >= result.model.threshold
    right = np.mean(answers == (result.test_target == 1))
    told = assess(result, made.frame).outlook
    assert told is not None
    lines = {line.what: line for line in told.lines}
    true = result.test_target == 1
    assert lines["Right answers"].number == round(1_000 * right)
    assert lines["Flagged, and rightly"].number == round(1_000 * np.mean(answers & true))
    assert lines["Flagged, but wrongly"].number == round(1_000 * np.mean(answers & ~true))
    assert lines["Not flagged, but should be"].number == round(1_000 * np.mean(~answers & true))
    assert all(line.low <= line.number <= line.high for line in told.lines)
    assert told.words.sentence is not None
    drawn = round(1_000 * np.mean(answers) * np.mean(true))
    assert told.words.sentence.text.endswith(f"as many rows drawn at random hold {drawn}.")


def test_without_time_scores_stay_and_the_rest_is_listed() -> None:
    made = outcome("binary", 2_000)
    assessed = assess(made.result, made.frame, seconds=0.0)
    assert assessed.figures.scores[0].interval is not None
    assert assessed.bands
    assert assessed.outlook is not None
    assert assessed.slices is None
    assert {"weak groups", "fairness by senior"} <= {each.part for each in assessed.left_out}
    html = build_report(replace(_input(made), assessment=assessed)).html
    assert "Weak groups were not told: The time was over" in html


def test_a_planted_weak_group_is_told_on_the_page() -> None:
    made = outcome("binary", 4_000)
    contract = made.frame["contract"].to_numpy()[made.result.test_rows.astype(int)]
    spoiled = made.result.test_predictions.copy()
    spoiled[contract == "year"] = spoiled[contract == "year"][:, ::-1]
    spoiled[:, 1] = np.clip(spoiled[:, 1], 0.05, 0.95)
    spoiled[:, 0] = 1 - spoiled[:, 1]
    result = replace(made.result, test_predictions=spoiled)
    found = assess(result, made.frame).slices
    assert found is not None
    assert any("contract" in each.name and "year" in each.name for each in found.found)
    assert found.found[0].rows == []


def test_printed_pages_have_a_title_numbers_and_no_cut_charts(files: ReportFiles) -> None:
    style = "".join(re.findall(r"<style>(.*?)</style>", files.html, flags=re.DOTALL))
    assert "@page { size: A4" in style
    assert "counter(page)" in style
    assert re.search(r'@top-left \{ content: "What predicts \w+"', style)
    assert re.search(r"tr, figure, svg[^{]*\{ break-inside: avoid; \}", style)


def test_a_name_cannot_leave_the_style_of_printed_pages() -> None:
    made = outcome("binary")
    evaluation = made.result.evaluation.model_copy(update={"target": 'a"}</style><b>'})
    html = build_report(_input(replace(made, result=replace(made.result, evaluation=evaluation)))).html
    assert 'content: "What predicts astyleb"' in html
    assert html.count("</style>") == html.count("<style>")


def test_the_weak_group_of_a_model_of_numbers_is_told_in_the_unit_of_the_target() -> None:
    made = outcome("regression", 4_000)
    contract = made.frame["contract"].to_numpy()[made.result.test_rows.astype(int)]
    spoiled = np.where(contract == "year", made.result.test_predictions + 500, made.result.test_predictions)
    found = assess(replace(made.result, test_predictions=spoiled), made.frame).slices
    assert found is not None
    assert found.words.sentence is not None
    inside = contract == "year"
    assert re.match(r"Where contract is year, RMSE is [45]\d\d", found.words.sentence.text)
    assert float(np.sqrt(np.mean((spoiled - made.result.test_target)[inside] ** 2))) == pytest.approx(500, rel=0.1)
