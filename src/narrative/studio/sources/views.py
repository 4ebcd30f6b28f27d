"""Sources in their wire form."""

from __future__ import annotations

from typing import Final, Literal

from narrative.studio.datasets.entities import DatasetVersion
from narrative.studio.schemas import Failure
from narrative.studio.sources.entities import Outcome, Place
from narrative.studio.sources.refreshing import Look
from narrative.studio.sources.schemas import DatasetSource, SourceConnection, SourceConnections


def source_view(look: Look) -> DatasetSource:
    """A source with what its last look found, in words."""
    source, dataset = look.source, look.dataset
    reading = dataset.state == "importing"
    error = source.error if source.outcome == "failed" else dataset.error
    outcome: Outcome = "reading" if reading else "failed" if error else source.outcome
    changed = look.version if look.version is not None and look.version.id != source.before else None
    return DatasetSource(
        kind=source.place.kind,
        place=place_in_words(source.place),
        query=source.place.query or None,
        connection=source.place.connection or None,
        needs=source.place.needs,
        looked_at=source.looked_at,
        outcome=outcome,
        sentence=_sentence(look, outcome, changed),
        error=None if reading else Failure.of(error),
        before=source.before,
        version=None if reading or changed is None else changed.id,
        job_id=source.job_id,
    )


def place_in_words(place: Place) -> str:
    """For people: where a table came from.

    >>> place_in_words(Place(kind="query", query="SELECT 1"))
    'a database whose address is not kept'
    """
    if place.kind == "query":
        return f"the database '{place.connection}'" if place.connection else "a database whose address is not kept"
    if not place.address:
        return "an address that holds a secret and is not kept"
    if place.kind == "url":
        return place.address
    where = f"the store '{place.connection}'" if place.connection else place.endpoint or "Amazon S3"
    return f"{place.address} at {where}"


_SENTENCES: Final = {
    "reading": "What arrived is being read.",
    "failed": "The last look failed; the table is as it was.",
    "same": "Nothing had changed at the source, so there is no new version.",
}


def _sentence(look: Look, outcome: Outcome, changed: DatasetVersion | None) -> str:
    """What the last look found."""
    if outcome in _SENTENCES:
        return _SENTENCES[outcome]
    if look.source.before is None or look.version is None:
        return "It was not looked at again since it was loaded."
    if changed is None:
        return "What arrived breaks a data check and is held; the table is as it was."
    return f"Version {changed.number} is what arrived{_compared(look.before, changed)}."


def _compared(before: DatasetVersion | None, changed: DatasetVersion) -> str:
    if before is None:
        return ""
    if before.content_hash == changed.content_hash:
        return f"; other bytes with the same rows as version {before.number}"
    return f": {_counted(changed.n_rows - before.n_rows)} version {before.number}"


def _counted(difference: int) -> str:
    """How many rows more or fewer, with its unit.

    >>> _counted(1), _counted(-1_200), _counted(0)
    ('1 row more than', '1,200 rows fewer than', 'as many rows as')
    """
    if difference == 0:
        return "as many rows as"
    noun = "row" if abs(difference) == 1 else "rows"
    return f"{abs(difference):,} {noun} {'more' if difference > 0 else 'fewer'} than"


def connections_view(named: list[tuple[str, Literal["query", "object"]]]) -> SourceConnections:
    """Names of what the operator set up."""
    return SourceConnections(items=[SourceConnection(name=name, kind=kind) for name, kind in named])
