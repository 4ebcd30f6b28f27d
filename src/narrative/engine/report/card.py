"""The card of a model: on one page what it is for, what it learned from, how good it is, its limits, and who took it.

It is made from the model file and the decision alone, so the same file and decision give the same bytes. Its hash
covers every field; with a key it is signed, and whoever has the key can tell that nobody changed it since.
Source: Mitchell et al. (2019), "Model Cards for Model Reporting", FAT*; RFC 2104 (HMAC).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from narrative.core.errors import InvalidInput
from narrative.core.hashing import canonical_json, hash_json
from narrative.engine.bundle.papers import Papers
from narrative.engine.evaluation.groups import Fairness
from narrative.engine.report.assessment import Assessment, untold
from narrative.engine.report.outlook import Expected
from narrative.engine.training.types import Evaluation, Importance

FORMAT: Final = 1
ALGORITHM: Final = "HMAC-SHA256"
COLUMNS: Final = 100
IMPORTANCES: Final = 10


class Decision(BaseModel):
    """What people decided about the model; nothing in it was computed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    purpose: str | None = Field(None, max_length=1_000)
    accepted_by: str | None = Field(None, max_length=200)
    accepted_on: str | None = Field(None, max_length=40)
    note: str | None = Field(None, max_length=2_000)


class CardScore(BaseModel):
    """A score with its 95 % interval and its baseline, or the reason why it does not apply."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    title: str
    value: float | None
    interval: tuple[float, float] | None
    baseline: float | None
    reason: str | None = None


class CardGroup(BaseModel):
    """A weak group: its score beside that of all other rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    n_rows: int
    score: float | None
    outside: float | None


class CardColumn(BaseModel):
    """A column the model reads, with what it had learned from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    kind: str
    required: bool
    minimum: float | str | None = None
    maximum: float | str | None = None


class CardImportance(BaseModel):
    """What the score loses when the values of a column are shuffled, with its 95 % interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    column: str
    loss: float
    interval: tuple[float, float]


class Signature(BaseModel):
    """Who vouches for the content: the key is known by the first letters of its hash."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    algorithm: str
    key_id: str
    value: str


class Card(BaseModel):
    """The card. ``content_sha256`` is the hash of the canonical JSON of all fields but itself and ``signature``."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int
    purpose: str
    headline: str
    target: str
    problem: str
    classes: list[str]
    threshold: float | None
    model_sha256: str
    size_bytes: int
    program_version: str
    members: list[tuple[str, float]]
    table_sha256: str
    file_sha256: str | None
    rows_learned: int
    rows_without_target: int
    method: str
    n_rows_scored: int
    scores: list[CardScore]
    expected: list[Expected]
    importances: list[CardImportance]
    columns: list[CardColumn]
    n_columns: int
    weak_groups: list[CardGroup]
    weak_words: str | None
    fairness: list[str]
    limits: list[str]
    lineage_sha256: str
    decision: Decision | None = None
    content_sha256: str = ""
    signature: Signature | None = None


def card_of(papers: Papers, decision: Decision | None = None, *, key: bytes | None = None) -> Card:
    """The card of a model file.

    Args:
        decision: what it is for and who took it; a purpose given here stands in the place of the computed one.
        key: signs it; at least 16 bytes.

    Raises:
        InvalidInput: ``bundle_unreadable``; ``key_too_short``.
    """
    try:
        content = _content(papers, decision)
    except (ValidationError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(
            "bundle_unreadable",
            "The model file cannot be read: its papers do not fit together.",
            fix="Download or write the model file again.",
        ) from error
    card = Card.model_validate(content)
    card = card.model_copy(update={"content_sha256": content_hash(card)})
    return card if key is None else signed(card, key)


def content_hash(card: Card) -> str:
    """The hash of what a card says."""
    return hash_json(_said(card))


def _said(card: Card) -> dict[str, Any]:
    return card.model_dump(mode="json", exclude={"content_sha256", "signature"})


def signed(card: Card, key: bytes) -> Card:
    """The card with a signature. Raises ``InvalidInput('key_too_short')``."""
    return card.model_copy(
        update={"signature": Signature(algorithm=ALGORITHM, key_id=key_id(key), value=_sign(card, key))}
    )


def _sign(card: Card, key: bytes) -> str:
    return hmac.new(_checked(key), canonical_json(_said(card)).encode(), sha256).hexdigest()


def key_id(key: bytes) -> str:
    """What a key is known by; it does not give the key away. Raises ``InvalidInput('key_too_short')``."""
    return sha256(b"narrative card key " + _checked(key)).hexdigest()[:16]


def _checked(key: bytes) -> bytes:
    if len(key) < 16:
        raise InvalidInput(
            "key_too_short", "The key has fewer than 16 bytes.", fix="Name a file that does not exist: a key is made."
        )
    return key


def read_card(text: str | bytes) -> Card:
    """A card from its JSON. Raises ``InvalidInput('card_unreadable')``."""
    try:
        return Card.model_validate_json(text)
    except ValidationError as error:
        where = ".".join(str(place) for place in error.errors()[0]["loc"]) or "the file"
        raise InvalidInput(
            "card_unreadable",
            f"The card cannot be read: {where} is not as it should be.",
            fix="Give the card as JSON, as it was written.",
        ) from error


def check_card(card: Card, *, papers: Papers | None = None, key: bytes | None = None) -> list[str]:
    """A sentence for everything that speaks against a card; none when it is what was written.

    Args:
        papers: of the model file it should be of; the card is then made again and compared field by field.
        key: that it should be signed with.
    """
    wrong = []
    if card.content_sha256 != content_hash(card):
        wrong.append("Its content is not what its hash says: it was changed.")
    if papers is not None:
        again = _said(card_of(papers, card.decision))
        differs = [name for name, value in _said(card).items() if again[name] != value]
        if differs:
            wrong.append(f"Made again from the model file it differs in {', '.join(differs)}.")
    if key is not None:
        wrong += _against_key(card, key)
    return wrong


def _against_key(card: Card, key: bytes) -> list[str]:
    if card.signature is None:
        return ["It is not signed."]
    if card.signature.key_id != key_id(key):
        return [f"It was signed with another key ({card.signature.key_id})."]
    fits = card.signature.algorithm == ALGORITHM and hmac.compare_digest(
        card.signature.value.encode(), _sign(card, key).encode()
    )
    return [] if fits else ["Its signature does not fit: it was changed after it was signed."]


def _content(papers: Papers, decision: Decision | None) -> dict[str, Any]:
    documents, kept = papers.documents, papers.report or {}
    evaluation = Evaluation.model_validate(documents["evaluation"])
    importances = [Importance.model_validate(item) for item in documents["importances"]]
    assessed = Assessment.model_validate(kept["assessment"]) if kept.get("assessment") else None
    own, contract, stories = documents["card"], documents["contract"], documents["story"]
    told = stories.get("model_evaluation") or {}
    titles = {line["name"]: line["title"] for line in documents["candidates"]}
    computed = own.get("purpose") or f"Predicts {evaluation.target} ({evaluation.problem})."
    return {
        "format": FORMAT,
        "purpose": (decision.purpose if decision is not None else None) or computed,
        "headline": (told.get("headline") or {}).get("text", ""),
        "target": evaluation.target,
        "problem": evaluation.problem,
        "classes": [str(label) for label in evaluation.classes],
        "threshold": evaluation.threshold,
        "model_sha256": papers.sha256,
        "size_bytes": papers.size_bytes,
        "program_version": papers.program_version,
        "members": [
            (titles.get(each["candidate"], each["candidate"]), each["share"]) for each in own.get("members", [])
        ],
        "table_sha256": str(documents["lineage"].get("table", "")),
        "file_sha256": documents["lineage"].get("file_sha256"),
        "rows_learned": own.get("learned_from", {}).get("rows", evaluation.n_train_rows),
        "rows_without_target": own.get("learned_from", {}).get("rows_without_target", 0),
        "method": evaluation.method_sentence,
        "n_rows_scored": evaluation.n_test_rows,
        "scores": _scores(evaluation, assessed),
        "expected": [] if assessed is None or assessed.outlook is None else assessed.outlook.lines,
        "importances": [
            CardImportance(column=item.column, loss=item.loss, interval=(item.low, item.high))
            for item in importances[:IMPORTANCES]
        ],
        "columns": [_column(column) for column in contract["columns"][:COLUMNS]],
        "n_columns": len(contract["columns"]),
        **_weakness(assessed),
        "limits": _limits(stories, own, assessed),
        "lineage_sha256": hash_json(documents["lineage"]),
        "decision": decision,
    }


def _scores(evaluation: Evaluation, assessed: Assessment | None) -> list[CardScore]:
    """The score that ranks with the interval of training, then the others with those of the assessment."""
    first = CardScore(
        name=evaluation.metric,
        title=evaluation.metric_title,
        value=evaluation.score,
        interval=evaluation.interval,
        baseline=evaluation.baseline_score,
    )
    figures = [] if assessed is None else assessed.figures.scores
    return [first] + [
        CardScore(
            name=figure.name,
            title=figure.title,
            value=figure.value,
            interval=figure.interval,
            baseline=evaluation.companion_baselines.get(figure.name, figure.baseline),
            reason=figure.not_applicable or figure.interval_not_applicable,
        )
        for figure in figures
        if figure.name != evaluation.metric
    ]


def _column(column: Mapping[str, Any]) -> CardColumn:
    return CardColumn(
        name=column["name"],
        kind=column["kind"],
        required=column["required"],
        minimum=column.get("minimum"),
        maximum=column.get("maximum"),
    )


def _weakness(assessed: Assessment | None) -> dict[str, Any]:
    if assessed is None:
        return {"weak_groups": [], "weak_words": None, "fairness": []}
    slices = assessed.slices
    groups = [
        CardGroup(name=each.name, n_rows=each.n_rows, score=each.score.value, outside=each.outside.value)
        for each in ([] if slices is None else slices.found)
    ]
    said = None if slices is None or slices.words.sentence is None else slices.words.sentence.text
    return {"weak_groups": groups, "weak_words": said, "fairness": [_fair(each) for each in assessed.fairness]}


def _fair(found: Fairness) -> str:
    told = found.words.sentence
    return f"Groups of {found.column} were compared." if told is None else told.text


def _limits(stories: Mapping[str, Any], own: Mapping[str, Any], assessed: Assessment | None) -> list[str]:
    """What is not known, what was warned of, and what was not looked at, each once."""
    told = [sentence["text"] for story in stories.values() for sentence in story.get("unknown", [])]
    gaps = ["Weak groups and fairness were not assessed."]
    if assessed is not None:
        gaps = [untold(each) for each in assessed.left_out]
        if not assessed.fairness:
            gaps.append("Fairness between groups of people was not tested.")
    return list(dict.fromkeys([*told, *own.get("limits", []), *gaps]))
