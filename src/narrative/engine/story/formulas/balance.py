"""Facts about a rare class and about stated costs: what was compared, what it gained, what a cut saves."""

from __future__ import annotations

from narrative.engine.story.formulas.base import Value, formula
from narrative.engine.story.sources import Sources
from narrative.engine.training.imbalance_types import CostReport, Difference, ImbalanceReport, MethodComparison
from narrative.engine.training.types import TrainingResult

AS_THEY_ARE = "none"


def told_way(result: TrainingResult) -> MethodComparison | None:
    """The way to balance that is worth telling: the one the model learned with, else the one that gained most."""
    report = result.imbalance
    if report is None:
        return None
    compared = {line.name: line for line in report.methods if line.name != AS_THEY_ARE and _gain(report, line)}
    if report.chosen in compared:
        return compared[report.chosen]
    return max(compared.values(), key=lambda line: _need(_gain(report, line)).value, default=None)


def _gain(report: ImbalanceReport, line: MethodComparison) -> Difference | None:
    by_precision = report.decided_by == "average_precision"
    return line.average_precision_difference if by_precision else line.score_difference


def _need(gain: Difference | None) -> Difference:
    if gain is None:
        raise LookupError("This way to balance was not compared.")
    return gain


def _report(sources: Sources) -> ImbalanceReport:
    report = sources.need_result().imbalance
    if report is None:
        raise LookupError("No class was rare.")
    return report


def _line(sources: Sources, name: str) -> MethodComparison:
    for line in _report(sources).methods:
        if line.name == name:
            return line
    raise LookupError(f"There is no way to balance called {name!r}.")


def _costs(sources: Sources) -> CostReport:
    costs = sources.need_result().evaluation.costs
    if costs is None:
        raise LookupError("No costs were stated.")
    return costs


@formula("balance.rarest", "the class with the fewest rows", "training")
def rarest(sources: Sources) -> Value:
    return _report(sources).rarest_class


@formula("balance.rarest_rows", "rows of the class with the fewest", "training", recorded=True)
def rarest_rows(sources: Sources) -> Value:
    return min(count for count in _report(sources).rows_before if count)


@formula("balance.way", "name of a way to balance", "training")
def way(sources: Sources, name: str) -> Value:
    return _line(sources, name).title


@formula("balance.ways", "ways to balance that were compared with the rows as they are", "training", recorded=True)
def ways(sources: Sources) -> Value:
    return sum(line.name != AS_THEY_ARE for line in _report(sources).methods)


@formula("balance.folds", "folds that all of them were measured on", "training", recorded=True)
def folds(sources: Sources) -> Value:
    return _report(sources).folds


@formula("balance.metric", "the score that decided", "training")
def metric(sources: Sources) -> Value:
    by_precision = _report(sources).decided_by == "average_precision"
    return "average precision" if by_precision else sources.need_result().evaluation.metric_title


@formula(
    "balance.gain", "mean over the folds of the score with the way minus the score without", "training", recorded=True
)
def gain(sources: Sources, name: str) -> Value:
    return _need(_gain(_report(sources), _line(sources, name))).value


@formula("balance.gain_low", "lower end of the gain, corrected for shared training rows", "training", recorded=True)
def gain_low(sources: Sources, name: str) -> Value:
    return _need(_gain(_report(sources), _line(sources, name))).low


@formula("balance.gain_high", "upper end of the gain, corrected for shared training rows", "training", recorded=True)
def gain_high(sources: Sources, name: str) -> Value:
    return _need(_gain(_report(sources), _line(sources, name))).high


@formula("balance.taken", "whether the comparison speaks for this way", "training", recorded=True)
def taken(sources: Sources, name: str) -> Value:
    return _report(sources).recommended == name


@formula("costs.with_cut", "cost of the mistakes on untouched rows with the tuned cut", "evaluation", recorded=True)
def with_cut(sources: Sources) -> Value:
    return _costs(sources).cost


@formula("costs.at_half", "cost of the mistakes on the same rows, cut at 0.5", "evaluation", recorded=True)
def at_half(sources: Sources) -> Value:
    return _costs(sources).cost_at_half


@formula("costs.saved", "cost at 0.5 - cost with the tuned cut", "evaluation", recorded=True)
def saved(sources: Sources) -> Value:
    return _costs(sources).saved


@formula("costs.plain_cut", "the cut without stated costs", "evaluation")
def plain_cut(sources: Sources) -> Value:
    return None if sources.need_result().evaluation.costs is None else 0.5


@formula("costs.rows", "untouched rows the cost was measured on", "evaluation")
def cost_rows(sources: Sources) -> Value:
    return _costs(sources).rows
