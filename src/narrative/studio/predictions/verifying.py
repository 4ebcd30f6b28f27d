"""A past answer computed again, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from narrative.core.errors import InvalidInput
from narrative.core.hashing import hash_json
from narrative.studio.predictions.answers import answer
from narrative.studio.predictions.entities import Prediction, StoredPrediction

if TYPE_CHECKING:
    from narrative.engine.bundle import Predictor

_RECORDED: Final = {"prediction", "probabilities", "lower", "upper"}


@dataclass(frozen=True)
class Verified:
    """What the model answers today, and one sentence for each part of the recorded answer that is another one."""

    output: dict[str, Any]
    differences: list[str]


def output_of(item: Prediction) -> dict[str, Any]:
    """The part of an answer that is recorded."""
    return item.model_dump(mode="json", include=_RECORDED)


def verified(record: StoredPrediction, predictor: Predictor, inputs: Mapping[str, Any]) -> Verified:
    """The answer to the same inputs, held against the recorded one bit for bit.

    Raises:
        InvalidInput: ``inputs_differ``, these are not the inputs of the recorded answer.
    """
    if hash_json(inputs) != record.inputs_hash:
        raise InvalidInput(
            "inputs_differ",
            "These are not the inputs of this prediction: their hash is not the recorded one.",
            fix="Send the row as it was sent then: the same columns, and numbers as numbers.",
        )
    output = output_of(answer(predictor, [inputs], [record.id], with_reasons=False).items[0])
    was, now = dict(_flat(record.output)), dict(_flat(output))
    names = list(dict.fromkeys([*was, *now]))
    return Verified(
        output, [_told(name, was.get(name), now.get(name)) for name in names if was.get(name) != now.get(name)]
    )


def _flat(output: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each value of an output by its name for people."""
    for name, value in output.items():
        if name == "probabilities":
            yield from ((f"probability of {label}", share) for label, share in (value or {}).items())
        else:
            yield {"lower": "lower bound", "upper": "upper bound"}.get(name, name), value


def _told(name: str, was: Any, now: Any) -> str:
    return f"The {name} was recorded as {_shown(was)} and is now {_shown(now)}."


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
