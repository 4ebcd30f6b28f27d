"""What a person most likely wants of a table: predict a column, forecast one, or look for groups or odd rows."""
# ruff: noqa: E501 - alternatives of one expression stay on one line

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from narrative.engine.profile.personal.words import plain_words
from narrative.engine.profile.target import FEW_VALUES, infer_problem
from narrative.engine.profile.types import ColumnProfile, ProblemSuggestion, TargetSuggestion
from narrative.engine.types import NUMERIC_KINDS, TIME_KINDS, Problem

PLAUSIBLE: Final = 0.4
MOST_CLASSES: Final = 50
MOST_FORECAST_COLUMNS: Final = 9
"""With more columns beside the time, other columns explain more than the past does."""
FAMILY: Final = 0.6
"""So many columns of one family of names make a table of readings, none of which is an outcome."""


def _words(text: str) -> re.Pattern[str]:
    return re.compile(rf" (?:{'|'.join(text.split())}) ".replace("~", " "))


_OUTCOME: Final = _words(
    """target label class outcome y churn churned exited attrition survived survival died death mortality defaulted fraud
    fraudulent is~fraud converted conversion purchased bought subscribed subscription~ended clicked click won result no~show
    noshow readmitted deposit responded response diagnosis approved cancell?ed is~cancell?ed failure failed fault fail~flag
    machine~failure spam is~spam sentiment attrited left~company loan~status default~payment~next~month returned accepted
    credit~risk risk~class disease species has~disease heart~disease stroke satisfied satisfaction winner hired promoted
    gekundigt kundigung abgewandert abwanderung zielvariable ziel zielgrosse klasse ergebnis ausfall ausgefallen betrug
    gekauft bestanden resilie resiliation desabonne depart cible classe defaut achete abandono abandona baja cancelado
    compro moroso objetivo clase resultado impago fraude abbandono disdetto disdetta acquistato obiettivo frode esito
    inadimplente inadimplencia cancelou comprou alvo opgezegd opzegging vertrokken doel klas gekocht uppsagd avslutad mal
    klass odejscie rezygnacja cel klasa etykieta kupil отток класс цель мошенничество дефолт результат 离职 流失 目标 标签
    解約 目的変数 ラベル"""
)
_QUANTITY: Final = _words(
    """price prices saleprice cost~total salary wage wages revenue sales turnover demand medv medhousevalue med~house~val
    house~value median~house~value value rating final~grade g3 grade exam~score test~score rent~amount rent consumption
    bikers rentals cnt yield fare~amount fare trip~duration duration~min arr~delay arrival~delay delay mpg rings strength
    rul remaining~life load load~mw claim~amount claims~amount delivery~time delivery~time~min delivery~minutes charges
    cost costs kosten costo costes cout custo tip tips gross profit visitors passengers trips rides footfall output production close adj~close biomass lifetime~value clv ltv
    preis kaufpreis verkaufspreis miete kaltmiete warmmiete umsatz absatz gehalt lohn verbrauch nachfrage wert note
    prix loyer ventes salaire consommation demande valeur chiffre~affaires precio alquiler ventas salario sueldo consumo
    demanda ingresos prezzo affitto vendite stipendio fatturato preco aluguel vendas faturamento prijs huur omzet salaris
    cena czynsz sprzedaz zarobki pris hyra forsaljning manadslon цена стоимость продажи зарплата 价格 价 销量 価格 売上 賃料"""
)
_DEMAND: Final = _words(
    """sales weekly~sales units~sold quantity~sold qty~sold sold demand umsatz absatz nachfrage ventes demande ventas demanda
    vendite domanda vendas omzet sprzedaz forsaljning продажи 销量 売上 visitors passengers trips rides consumption load
    load~mw stromverbrauch verbrauch"""
)
"""Quantities that are counted over time; likelier than a price beside them."""
_LOOSE: Final = _words(
    "score status type quality segment group priority level grade risk rank category stage size cause"
)
"""Words that make an outcome likelier, mostly of the last column."""
_ANSWER: Final = re.compile(r" (?:is|has|had|will|was|did|does) ")
_NOT: Final = _words(
    """marital employment home housing city town country region state zip postcode postal plz name date time day month
    year sex gender comment comments note~text description color colour port lat lon lng latitude longitude spending
    annual credit~score creditscore estimated first last~name address email phone code id index unit"""
)
_SEGMENT: Final = _words(
    "recency frequency monetary spending spend rfm visits basket purchases orders~count tenure~days"
)
_READING: Final = _words(
    """sensor vibration temperature pressure voltage current humidity bytes packets latency cpu memory rpm signal reading
    flow throughput requests errors amplitude load~avg port transaction~amount"""
)


def suggest_targets(frame: pl.DataFrame, columns: Sequence[ColumnProfile], limit: int = 3) -> list[TargetSuggestion]:
    """Columns a person most likely wants to predict, best first; by name, place and kind. Empty: none is plausible."""
    scored = []
    families = _families(columns)
    for index, column in enumerate(columns):
        score, reasons = _likelihood(column, index, columns, families)
        if score >= PLAUSIBLE:
            scored.append((score, index, column, reasons))
    scored.sort(key=lambda item: (-item[0], -item[1]))
    suggestions = []
    for score, _, column, reasons in scored[:limit]:
        problem, why = infer_problem(frame[column.name])
        reason = f"{' and '.join(reasons)}; {why}, so it is a {_word(problem)} problem."
        suggestions.append(
            TargetSuggestion(
                column=column.name,
                problem=problem,
                confidence=round(min(score, 0.95), 2),
                reason=reason[:1].upper() + reason[1:],
            )
        )
    return suggestions


def suggest_problem(
    n_rows: int, columns: Sequence[ColumnProfile], targets: Sequence[TargetSuggestion]
) -> ProblemSuggestion | None:
    """The problem of a table: of its most likely target, a forecast of it, or groups and odd rows where there is none.

    Args:
        targets: as :func:`suggest_targets` gave them.
    """
    time = _clock(columns)
    if targets:
        best = targets[0]
        if best.problem == "regression" and time is not None and len(columns) <= MOST_FORECAST_COLUMNS:
            return ProblemSuggestion(
                problem="forecast",
                target=best.column,
                time_column=time.name,
                confidence=min(best.confidence, 0.9),
                reason=f"“{time.name}” moves on in equal steps and “{best.column}” is a quantity, so its next values "
                "can be forecast from the past.",
            )
        return ProblemSuggestion(
            problem=best.problem, target=best.column, confidence=best.confidence, reason=best.reason
        )
    numeric = [column for column in columns if column.kind in NUMERIC_KINDS and column.distinct > 2]
    if n_rows < 2 or not numeric:
        return None
    readings = [column for column in numeric if _READING.search(plain_words(column.name))]
    if len(readings) >= max(2, 0.5 * len(numeric)) and not _are_customers(columns):
        return ProblemSuggestion(
            problem="anomaly",
            time_column=None if time is None else time.name,
            confidence=0.6,
            reason="No column looks like an outcome and most numbers are readings, so odd rows may be worth finding.",
        )
    return ProblemSuggestion(
        problem="cluster",
        confidence=0.5,
        reason="No column looks like an outcome, so rows that are alike can be grouped.",
    )


def _are_customers(columns: Sequence[ColumnProfile]) -> bool:
    return any(_SEGMENT.search(plain_words(column.name)) for column in columns)


def _clock(columns: Sequence[ColumnProfile]) -> ColumnProfile | None:
    """A column of times that keeps a step, hardly a time left out."""
    for column in columns:
        if column.kind not in TIME_KINDS or column.missing or column.distinct < 12 or column.gaps is None:
            continue
        if column.gaps.n_missing <= 0.2 * column.distinct:
            return column
    return None


def _word(problem: Problem) -> str:
    return {"binary": "two-class", "multiclass": "several-class", "regression": "regression"}[problem]


def _families(columns: Sequence[ColumnProfile]) -> set[str]:
    """Columns whose names share their first or last word with most other numbers: readings of one kind."""
    numeric = [column.name for column in columns if column.kind in NUMERIC_KINDS]
    found: set[str] = set()
    for part in (0, -1):
        stems: dict[str, list[str]] = {}
        for name in numeric:
            words = re.sub(r"\d+", " ", plain_words(name)).split()
            if words:
                stems.setdefault(words[part], []).append(name)
        for names in stems.values():
            if len(names) >= 2 and len(names) >= (FAMILY if part == 0 else 0.4) * len(numeric):
                found |= set(names)
    return found


def _likelihood(
    column: ColumnProfile, index: int, columns: Sequence[ColumnProfile], families: set[str]
) -> tuple[float, list[str]]:
    """A score from 0 to 1 and its reasons; 0 for columns that cannot be a target."""
    if column.kind in {"identifier", "constant", "empty", "date", "datetime", "text"} or column.distinct < 2:
        return 0.0, []
    if column.kind == "category" and column.distinct > MOST_CLASSES:
        return 0.0, []
    words = plain_words(column.name)
    score, reasons = _by_name(column, words, columns)
    if index == len(columns) - 1 and len(columns) > 1:
        bonus = 0.25 if score else _of_last(column, words, columns, families)
        score, reasons = score + bonus, [*reasons, "it is the last column"]
    elif index == 0 and len(columns) > 1 and score:
        score, reasons = score + 0.1, [*reasons, "it is the first column"]
    if column.distinct == 2 and score:
        score += 0.1
    return score - 0.2 * column.missing_share, reasons


def _by_name(column: ColumnProfile, words: str, columns: Sequence[ColumnProfile]) -> tuple[float, list[str]]:
    is_axis = words == " y " and any(plain_words(other.name) == " z " for other in columns)
    few = column.kind not in NUMERIC_KINDS or column.distinct <= FEW_VALUES
    whole = _OUTCOME.fullmatch(words) is not None or (few and words.strip() in ("status", "result"))
    spoken = _OUTCOME.search(words) is not None and not _NOT.search(words)
    if (whole or spoken) and not is_axis:
        if column.kind in NUMERIC_KINDS and column.distinct > FEW_VALUES and not whole:
            return 0.2, ["its name speaks of an outcome"]
        return (0.75 if whole else 0.6), ["its name says that it is an outcome"]
    quantity = _of_quantity(words) if column.kind in NUMERIC_KINDS and column.distinct > FEW_VALUES else 0.0
    if quantity:
        return quantity, ["its name speaks of a quantity people predict"]
    if column.distinct == 2 and _ANSWER.match(words) and not _NOT.search(words):
        return 0.4, ["its name asks a question that is answered by yes or no"]
    if _LOOSE.search(words) and not _NOT.search(words):
        return 0.2, ["its name may say that it is an outcome"]
    return (0.15, ["its name may say that it is an outcome"]) if words.strip() in ("rating", "stars") else (0.0, [])


def _of_quantity(words: str) -> float:
    """What the name of a quantity is worth."""
    if _DEMAND.fullmatch(words) or _QUANTITY.fullmatch(words):
        return 0.65 if _DEMAND.fullmatch(words) else 0.6
    if _NOT.search(words):
        return 0.0
    return 0.6 if _DEMAND.search(words) else 0.5 if _QUANTITY.search(words) else 0.0


def _of_last(column: ColumnProfile, words: str, columns: Sequence[ColumnProfile], families: set[str]) -> float:
    """What the last place alone is worth: little for places, codes, and readings that are one of many."""
    if _NOT.search(words) or column.name in families or (_are_customers(columns) and column.kind in NUMERIC_KINDS):
        return 0.1
    if column.kind in NUMERIC_KINDS and _READING.search(words):
        return 0.1
    return 0.42
