"""``narrative evaluate``: how good a model is on a file with the truth in it, how sure, and where it is weak."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from narrative.core.errors import InvalidInput
from narrative.core.version import program_version
from narrative.engine.files import write_atomically
from narrative.entrypoints.lines import import_data, labelled, reading_lines
from narrative.entrypoints.output import Output, check_writable, to_json

if TYPE_CHECKING:
    from narrative.engine.evaluation import Evaluation
    from narrative.engine.tables.types import LoadedTable

FORMATS: Final = (".json", ".md", ".markdown")


def run_evaluate(
    bundle: str,
    file: str,
    *,
    target: str | None,
    known: str | None,
    groups: Sequence[str],
    costs: tuple[float | None, float | None],
    budget: float,
    seed: int,
    out: str | None,
    output: Output,
) -> None:
    """Evaluate a model on a file; write the account as Markdown or JSON when asked.

    Raises:
        InvalidInput: ``format_unknown``, besides what reading, loading and evaluating raise.
    """
    from narrative.engine.bundle import load_bundle
    from narrative.engine.evaluation import evaluate
    from narrative.engine.training.imbalance_types import Costs

    place = _place(out)
    model = load_bundle(Path(bundle))
    loaded = _read(file, output)
    learned = None if known is None else _read(known, output).frame
    output.note(f"Evaluating on {loaded.frame.height:,} rows …")
    found = evaluate(
        model,
        loaded.frame,
        target,
        known=learned,
        groups=groups,
        costs=None if costs == (None, None) else Costs(false_positive=_cost(costs[0]), false_negative=_cost(costs[1])),
        budget=budget,
        seed=seed,
    )
    data = {**found.model_dump(mode="json"), "sentences": [each.text for each in found.sentences]}
    data |= {"model": bundle, "out": out, "import": import_data(loaded.report)}
    if place is not None:
        write_atomically(place, _document(found, place.suffix.lower(), Path(file).name))
    output.result(data, _text(found, loaded, out))


def _cost(given: float | None) -> float:
    """A cost that was not named, beside one that was, counts as 1."""
    return 1.0 if given is None else given


def _place(out: str | None) -> Path | None:
    if out is None:
        return None
    place = Path(out)
    if place.suffix.lower() not in FORMATS:
        raise InvalidInput(
            "format_unknown",
            f"'{place.name}' does not say which format to write.",
            fix=f"End the name with one of {', '.join(FORMATS)}.",
        )
    check_writable(place, folder=False)
    return place


def _read(file: str, output: Output) -> LoadedTable:
    from narrative.engine.tables import read_table
    from narrative.engine.tables.types import ReadOptions

    output.note(f"Reading {Path(file).name} …")
    # As for predictions: a word among numbers makes a bad row, and no answer that nobody asked for.
    return read_table(Path(file), options=ReadOptions(odd_cells="keep"))


def _document(found: Evaluation, ending: str, name: str) -> str:
    from narrative.engine.evaluation.markdown import evaluation_markdown

    if ending == ".json":
        return to_json(found.model_dump(mode="json")) + "\n"
    return evaluation_markdown(found, name=name, version=program_version())


def _text(found: Evaluation, loaded: LoadedTable, out: str | None) -> str:
    lines = [sentence.text for sentence in found.sentences]
    lines += ["", *reading_lines(loaded.report), *labelled("Note", found.notes)]
    left_out = [f"{each.part.replace('_', ' ')}: {each.reason}" for each in found.left_out]
    lines += labelled("Left out", left_out)
    return "\n".join([*lines, *([f"  Written  {out}"] if out is not None else [])])
