"""What there is to choose from. Plug-ins are found by file name; nothing is listed by hand."""

from __future__ import annotations

from functools import cache

from narrative.core.plugins import discover
from narrative.studio.catalog.entities import CatalogCandidate, CatalogMetric, CatalogSample, CatalogStep


class CatalogService:
    """Reads what the engine declares, once per process and only when asked."""

    def candidates(self) -> list[CatalogCandidate]:
        """Algorithms in the order in which training tries them."""
        return list(_candidates())

    def metrics(self) -> list[CatalogMetric]:
        """Scores that may rank models, by title."""
        return list(_metrics())

    def steps(self) -> list[CatalogStep]:
        """Transformation steps by name."""
        return list(_steps())

    def samples(self) -> list[CatalogSample]:
        """Bundled tables."""
        return list(_samples())


@cache
def _candidates() -> tuple[CatalogCandidate, ...]:
    from narrative.engine.candidates.base import Candidate

    found = [kind() for kind in discover("narrative.engine.candidates", Candidate).values()]
    found.sort(key=lambda item: item.order)
    return tuple(
        CatalogCandidate(
            name=item.name,
            title=item.title,
            sentence=item.sentence,
            problems=sorted(item.problems),
            available=item.unavailable_reason() is None,
            unavailable_reason=item.unavailable_reason(),
        )
        for item in found
    )


@cache
def _metrics() -> tuple[CatalogMetric, ...]:
    from narrative.engine.scores import PRIMARY, all_scores, ranking_scores

    scores = all_scores()
    found = [
        CatalogMetric(
            name=name,
            title=scores[name].title,
            sentence=scores[name].sentence,
            problems=sorted(scores[name].problems),
            is_usual_for=sorted(problem for problem, usual in PRIMARY.items() if usual == name),
            higher_is_better=scores[name].higher_is_better,
        )
        for name in ranking_scores()
    ]
    return tuple(sorted(found, key=lambda metric: metric.title.casefold()))


@cache
def _steps() -> tuple[CatalogStep, ...]:
    from narrative.engine.step_specs import step_types

    kinds = step_types()
    return tuple(
        CatalogStep(
            name=kind.name,
            title=kind.title,
            sentence=kind.sentence,
            kinds=sorted(kind.kinds),
            inverse=kind.inverse,
            drops_rows=kind.drops_rows,
            parameters=kind.Params.model_json_schema(),
            column_params=[name for name in kind.column_params if name in kind.Params.model_fields],
        )
        for kind in kinds.values()
    )


@cache
def _samples() -> tuple[CatalogSample, ...]:
    from narrative.engine.samples import samples

    return tuple(
        CatalogSample(name=item.name, title=item.title, question=item.question, target=item.target, n_rows=item.n_rows)
        for item in samples()
    )
