"""Facts of the score: computed again from the untouched targets and the predictions for them."""

from __future__ import annotations

import numpy as np

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources
from narrative.engine.story.wording import clean_name
from narrative.engine.training.types import TrainingResult
from narrative.engine.types import FloatArray, IntArray


def _values(result: TrainingResult) -> tuple[FloatArray, FloatArray]:
    return np.asarray(result.test_target, dtype=np.float64), np.asarray(result.test_predictions, dtype=np.float64)


def _answers(result: TrainingResult) -> IntArray:
    """Class indices the model answers with on the untouched rows, at its own threshold."""
    _, predictions = _values(result)
    if result.problem == "binary":
        return np.asarray(predictions[:, 1] >= result.model.threshold, dtype=np.int64)
    return np.asarray(predictions.argmax(axis=1), dtype=np.int64)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@formula("evaluation.score", "the metric over the untouched rows", "evaluation")
def score(sources: Sources, metric: str) -> Value:
    from narrative.engine.scores import all_scores
    from narrative.engine.scores.base import LabelScore

    result = sources.need_result()
    own = all_scores()[metric]()
    if isinstance(own, LabelScore):
        return float(own.compute_at(*_values(result), result.model.threshold))
    return float(own.compute(*_values(result)))


@formula("evaluation.recorded_score", "the score as training reported it", "evaluation", recorded=True)
def recorded_score(sources: Sources) -> Value:
    return sources.need_result().evaluation.score


@formula("evaluation.metric", "name of the metric", "evaluation")
def metric_title(sources: Sources) -> Value:
    return sources.need_result().evaluation.metric_title


@formula("evaluation.metric_in_text", "name of the metric, as it stands within a sentence", "evaluation")
def metric_in_text(sources: Sources) -> Value:
    title = sources.need_result().evaluation.metric_title
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


@formula("evaluation.higher_is_better", "whether a higher score is a better one", "evaluation")
def higher_is_better(sources: Sources) -> Value:
    return sources.need_result().evaluation.higher_is_better


@formula("evaluation.interval_low", "lower end of the interval of the score", "evaluation", recorded=True)
def interval_low(sources: Sources) -> Value:
    return sources.need_result().evaluation.interval[0]


@formula("evaluation.interval_high", "upper end of the interval of the score", "evaluation", recorded=True)
def interval_high(sources: Sources) -> Value:
    return sources.need_result().evaluation.interval[1]


@formula("evaluation.test_uses", "runs that were scored on the same rows", "evaluation", recorded=True)
def test_uses(sources: Sources) -> Value:
    return sources.need_result().evaluation.test_uses


@formula(
    "evaluation.low_after_uses", "lower end of the interval of the best of these runs", "evaluation", recorded=True
)
def low_after_uses(sources: Sources) -> Value:
    after = sources.need_result().evaluation.interval_after_uses
    return None if after is None else after[0]


@formula(
    "evaluation.high_after_uses", "upper end of the interval of the best of these runs", "evaluation", recorded=True
)
def high_after_uses(sources: Sources) -> Value:
    after = sources.need_result().evaluation.interval_after_uses
    return None if after is None else after[1]


@formula("evaluation.group_column", "column whose values were never on both sides of the split", "evaluation")
def group_column(sources: Sources) -> Value:
    column = sources.need_result().evaluation.group_column
    return None if column is None else clean_name(column)


@formula("evaluation.baseline", "the metric of the naive model on the same rows", "evaluation", recorded=True)
def baseline(sources: Sources) -> Value:
    return sources.need_result().evaluation.baseline_score


@formula("evaluation.cross_validated", "the metric over the folds of training", "evaluation", recorded=True)
def cross_validated(sources: Sources) -> Value:
    return sources.need_result().evaluation.cross_validated_score


@formula("evaluation.test_rows", "rows the score was computed on", "evaluation")
def test_rows(sources: Sources) -> Value:
    return len(sources.need_result().test_target)


@formula("evaluation.threshold", "probability from which the answer is the positive class", "evaluation")
def threshold(sources: Sources) -> Value:
    return sources.need_result().model.threshold


@formula("evaluation.class_name", "label of a class", "evaluation")
def class_name(sources: Sources, index: int) -> Value:
    return str(sources.need_result().model.classes[index])


@formula("evaluation.outcome_name", "target = label of a class", "evaluation")
def outcome_name(sources: Sources, index: int) -> Value:
    model = sources.need_result().model
    return f"{clean_name(model.target)} = {clean_name(str(model.classes[index]))}"


@formula("evaluation.class_share", "untouched rows of the class / untouched rows", "evaluation")
def class_share(sources: Sources, index: int) -> Value:
    target, _ = _values(sources.need_result())
    return _share(int((target == index).sum()), len(target))


@formula("evaluation.accuracy", "right answers / untouched rows", "evaluation")
def accuracy(sources: Sources) -> Value:
    result = sources.need_result()
    target, _ = _values(result)
    return _share(int((_answers(result) == target).sum()), len(target))


@formula("evaluation.right_answers", "untouched rows answered rightly", "evaluation")
def right_answers(sources: Sources) -> Value:
    result = sources.need_result()
    return int((_answers(result) == _values(result)[0]).sum())


@formula("evaluation.majority_accuracy", "untouched rows of the most frequent class / untouched rows", "evaluation")
def majority_accuracy(sources: Sources) -> Value:
    target, _ = _values(sources.need_result())
    return _share(int(np.bincount(target.astype(np.int64)).max(initial=0)), len(target))


@formula("evaluation.flagged", "untouched rows answered with the class", "evaluation")
def flagged(sources: Sources, index: int) -> Value:
    return int((_answers(sources.need_result()) == index).sum())


@formula("evaluation.precision", "rows rightly answered with the class / rows answered with it", "evaluation")
def precision(sources: Sources, index: int) -> Value:
    result = sources.need_result()
    answered = _answers(result) == index
    return _share(int((answered & (_values(result)[0] == index)).sum()), int(answered.sum()))


@formula("evaluation.recall", "rows rightly answered with the class / rows of the class", "evaluation")
def recall(sources: Sources, index: int) -> Value:
    result = sources.need_result()
    own = _values(result)[0] == index
    return _share(int((own & (_answers(result) == index)).sum()), int(own.sum()))


@formula("evaluation.mean_absolute_error", "mean of |actual - predicted|", "evaluation")
def mean_absolute_error(sources: Sources) -> Value:
    target, predictions = _values(sources.need_result())
    return float(np.abs(target - predictions).mean())


@formula("evaluation.median_absolute_error", "middle value of |actual - predicted|", "evaluation")
def median_absolute_error(sources: Sources) -> Value:
    target, predictions = _values(sources.need_result())
    return float(np.median(np.abs(target - predictions)))


@formula("evaluation.r2", "1 - squared errors / squared distances from the mean", "evaluation")
def r2(sources: Sources) -> Value:
    target, predictions = _values(sources.need_result())
    total = float(((target - target.mean()) ** 2).sum())
    return None if total == 0 else 1.0 - float(((target - predictions) ** 2).sum()) / total


@formula("evaluation.target_median", "middle value of the target over the untouched rows", "evaluation")
def target_median(sources: Sources) -> Value:
    return float(np.median(_values(sources.need_result())[0]))


@formula(
    "evaluation.interval_coverage",
    "untouched rows inside their own interval / untouched rows",
    "evaluation",
    recorded=True,
)
def interval_coverage(sources: Sources) -> Value:
    return sources.need_result().evaluation.interval_coverage


@formula("evaluation.predicted_share", "mean probability of the class over the untouched rows", "evaluation")
def predicted_share(sources: Sources, index: int) -> Value:
    _, predictions = _values(sources.need_result())
    return float(predictions[:, index].mean())


@formula("evaluation.mean_error", "mean of actual - predicted", "evaluation")
def mean_error(sources: Sources) -> Value:
    target, predictions = _values(sources.need_result())
    return float((target - predictions).mean())


@formula("evaluation.recall_at_share", "positive rows among the likeliest share of rows / positive rows", "evaluation")
def recall_at_share(sources: Sources, share: float) -> Value:
    hits, positives = _likeliest(sources, share)
    return _share(int(hits.sum()), positives)


@formula("evaluation.precision_at_share", "positive rows among the likeliest share of rows / those rows", "evaluation")
def precision_at_share(sources: Sources, share: float) -> Value:
    hits, _ = _likeliest(sources, share)
    return _share(int(hits.sum()), len(hits))


@formula(
    "evaluation.recall_at_false_alarms",
    "height of the ROC curve, its points joined by straight lines, at the given share of false alarms",
    "evaluation",
)
def recall_at_false_alarms(sources: Sources, rate: float) -> Value:
    """Source: Fawcett 2006, An introduction to ROC analysis, section 5 (rows of equal scores: straight lines)."""
    target, predictions = _values(sources.need_result())
    negative = np.sort(predictions[target != 1, 1])
    positive = np.sort(predictions[target == 1, 1])
    if not len(negative) or not len(positive):
        return None
    cuts = np.concatenate([[np.inf], np.unique(predictions[:, 1])[::-1]])
    false_alarms = 1.0 - np.searchsorted(negative, cuts) / len(negative)
    found = 1.0 - np.searchsorted(positive, cuts) / len(positive)
    at = int(np.searchsorted(false_alarms, rate + 1e-9, side="right")) - 1
    if at + 1 == len(cuts):
        return float(found[at])
    way = (rate - false_alarms[at]) / (false_alarms[at + 1] - false_alarms[at])
    return float(found[at] + max(0.0, way) * (found[at + 1] - found[at]))


def _likeliest(sources: Sources, share: float) -> tuple[FloatArray, int]:
    """Outcomes (1 positive) of the likeliest share of untouched rows, and the number of all positive rows."""
    target, predictions = _values(sources.need_result())
    order = np.argsort(-predictions[:, 1], kind="stable")[: max(1, round(share * len(target)))]
    return np.asarray(target[order] == 1, dtype=np.float64), int((target == 1).sum())
