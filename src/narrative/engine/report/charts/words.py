"""What the charts of an evaluation say: headlines proven on the rows that were scored, with the facts they name."""

from __future__ import annotations

from typing import Any, Final

from narrative.engine.report.charts.base import headline, value_claim
from narrative.engine.report.types import ChartWords
from narrative.engine.story.facts import FactBook
from narrative.engine.story.formulas.training import only_guesses
from narrative.engine.story.sources import Sources
from narrative.engine.story.types import Claim, Sentence
from narrative.engine.story.wording import clean_name, format_percent
from narrative.engine.training.types import TrainingResult

SHARE: Final = 0.1


def chart_words(result: TrainingResult) -> list[ChartWords]:
    """Words of each chart that the evaluation holds points for, in the order of the page.

    A model that gives each row the same answer puts none before another: there are no likeliest rows to speak of.
    """
    if result.problem == "regression":
        makers = (_predicted_actual, _residuals)
    elif only_guesses(result):
        makers = (_calibration, _confusion)
    else:
        makers = (_roc, _precision_recall, _calibration, _lift, _confusion)  # type: ignore[assignment]
    return [words for make in makers if (words := make(result)) is not None]


def _book(result: TrainingResult) -> FactBook:
    book = FactBook(Sources(result=result))
    book.add("label", "evaluation.outcome_name", "the positive class", "text", index=1)
    book.add("share", "definition.argument", "share of rows looked at", "percent", value=SHARE)
    return book


def _argument(fact: str, argument: str) -> dict[str, Any]:
    return {"op": "argument", "of": fact, "argument": argument, "value": "share"}


def _words(name: str, said: Sentence, caption: str, book: FactBook) -> ChartWords:
    return ChartWords(id=name, headline=said, caption=caption, facts=list(book.facts.values()))


def _roc(result: TrainingResult) -> ChartWords | None:
    if result.evaluation.roc is None:
        return None
    book = _book(result)
    book.add("found", "evaluation.recall_at_false_alarms", "share found", "percent", rate=SHARE)
    said = headline(
        book,
        "How much it finds, for each amount of false alarms",
        Claim(
            type="share",
            text="With {share} false alarms it finds {found} of rows with {label}.",
            relation=_argument("found", "rate"),
        ),
    )
    caption = "ROC curve. The further the line bends to the upper left, the better; the dashed line is guessing."
    return _words("roc", said, caption, book)


def _precision_recall(result: TrainingResult) -> ChartWords | None:
    if result.evaluation.precision_recall is None:
        return None
    book = _book(result)
    book.add("right", "evaluation.precision_at_share", "share that is right", "percent", share=SHARE)
    said = headline(
        book,
        "How often it is right, for each amount it finds",
        Claim(
            type="share",
            text="Of the likeliest {share} of rows, {right} have {label}.",
            relation=_argument("right", "share"),
        ),
    )
    caption = "Precision and recall. Flagging fewer rows moves left: it finds less and is right more often."
    return _words("precision-recall", said, caption, book)


def _calibration(result: TrainingResult) -> ChartWords | None:
    curve = result.evaluation.calibration
    if curve is None or not curve.x:
        return None
    book = _book(result)
    book.add("expected", "evaluation.predicted_share", "mean probability", "percent", index=1)
    book.add("came", "evaluation.class_share", "share that came true", "percent", index=1)
    said = headline(
        book,
        "Are its chances to be taken at their word?",
        Claim(type="share", text="It expected {label} in {expected} of rows; {came} came true."),
    )
    caption = "Calibration. Dots on the dashed line mean that chances can be taken at their word."
    return _words("calibration", said, caption, book)


def _lift(result: TrainingResult) -> ChartWords | None:
    curve = result.evaluation.lift
    if curve is None or not curve.x:
        return None
    book = _book(result)
    book.add("caught", "evaluation.recall_at_share", "share of the class among them", "percent", share=SHARE)
    said = headline(
        book,
        "How many more it finds than chance would",
        Claim(
            type="share",
            text="The likeliest {share} of rows hold {caught} of all with {label}.",
            relation=_argument("caught", "share"),
        ),
    )
    caption = "Lift. How many times more such rows are among the likeliest ones than among as many drawn by chance."
    return _words("lift", said, caption, book)


def _confusion(result: TrainingResult) -> ChartWords | None:
    """Which classes are taken for which."""
    if not result.evaluation.confusion:
        return None
    book = FactBook(Sources(result=result))
    book.add("accuracy", "evaluation.accuracy", "share of right answers", "percent")
    book.add("n_test", "evaluation.test_rows", "rows kept aside", "integer", unit="rows")
    book.add("right", "evaluation.right_answers", "right answers", "integer", unit="rows")
    claim = Claim(
        type="share",
        text="{accuracy} of {n_test} answers are right.",
        relation={"op": "share", "part": "right", "whole": "n_test", "result": "accuracy"},
    )
    said = headline(book, "Which classes are taken for which", claim)
    caption = "Confusion matrix. Rows are what was true, columns what it answered; the diagonal is right."
    if result.evaluation.threshold is not None and result.problem == "binary":
        label = clean_name(str(result.evaluation.classes[1]))
        caption += f" It answers {label} from a chance of {format_percent(result.evaluation.threshold)}."
    return _words("confusion", said, caption, book)


def _predicted_actual(result: TrainingResult) -> ChartWords | None:
    if not result.evaluation.predicted_actual:
        return None
    book = FactBook(Sources(result=result))
    book.add("target", "training.target", "the column to predict", "text")
    book.add("miss", "evaluation.median_absolute_error", "middle size of a miss")
    book.add("middle", "evaluation.target_median", "middle value of the target")
    said = headline(
        book,
        "Predicted against actual",
        value_claim("The middle miss is {miss}, where the middle {target} is {middle}."),
        value_claim("The middle miss is {miss}."),
    )
    caption = "Each dot is a row kept aside; on the dashed line the prediction is exact. The axes do not start at zero."
    return _words("predicted-actual", said, caption, book)


def _residuals(result: TrainingResult) -> ChartWords | None:
    histogram = result.evaluation.residual_histogram
    if not histogram or not histogram.get("counts"):
        return None
    book = FactBook(Sources(result=result))
    book.add("lean", "evaluation.mean_error", "mean of actual - predicted")
    said = headline(
        book,
        "How the misses spread",
        value_claim("Misses average out to {lean}: that is how far it leans to a side."),
    )
    caption = "Misses on rows kept aside. Right of the dashed line the truth was above the prediction."
    return _words("residuals", said, caption, book)
