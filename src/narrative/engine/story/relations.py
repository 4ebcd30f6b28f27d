"""Relations a claim may assert, each checked on values that were computed again.

=============  =============================================  ==============================================
op             further keys                                   holds when
=============  =============================================  ==============================================
> < >= <= ==   left, right                                    the comparison is true
better, worse  left, right, higher_is_better                  left is the better (worse) score
difference     left, right, result                            result = left - right
ratio          left, right, result                            result = left / right
share          part, whole, result                            result = part / whole
max, min       fact, among                                    no other is larger (smaller)
best           fact, among, higher_is_better, ties            best of all, and not tied with another
within         value, low, high                               low <= value <= high
outside        value, low, high                               not within
present        fact                                           the count is above zero (or the flag is true)
absent         fact                                           the count is zero (or the flag is false)
describes      name, of                                       the named group is the group the facts count
argument       of, argument, value                            the fact was computed with this value as its argument
all            of                                             each of the relations holds
=============  =============================================  ==============================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from narrative.engine.story.formulas.base import Value
from narrative.engine.story.types import Fact

Relation = Mapping[str, Any]
ORDER_OPS: Final = {">": 1, ">=": 1, "<": -1, "<=": -1}
QUALITY_OPS: Final = {"better": 1, "worse": -1}


def same_value(left: Value, right: Value) -> bool:
    """Equality that forgives the last bits of floating point and nothing else; whole numbers are exact."""
    if isinstance(left, bool) or isinstance(right, bool) or isinstance(left, str) or isinstance(right, str):
        return type(left) is type(right) and left == right
    if left is None or right is None:
        return left is right
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    return math.isclose(left, right, rel_tol=1e-11, abs_tol=1e-16)


def flatten(relation: Relation | None) -> Iterator[Relation]:
    """The relation itself, or those inside ``all``."""
    if relation is None:
        return
    if relation["op"] == "all":
        for inner in relation["of"]:
            yield from flatten(inner)
    else:
        yield relation


def fact_ids(relation: Relation | None) -> set[str]:
    """Ids of every fact a relation speaks of."""
    ids: set[str] = set()
    for part in flatten(relation):
        for key, value in part.items():
            if key in ("op", "argument"):
                continue
            ids.update(value if isinstance(value, list | tuple) else [value])
    return ids


def holds(relation: Relation, values: Mapping[str, Value], facts: Mapping[str, Fact]) -> bool:
    """Whether a relation is true of these values. Raises KeyError for a malformed relation."""
    op = relation["op"]
    if op == "all":
        return all(holds(part, values, facts) for part in relation["of"])
    if op == "describes":
        conditions = facts[relation["name"]].arguments.get("conditions")
        return bool(conditions) and all(facts[key].arguments.get("conditions") == conditions for key in relation["of"])
    if op == "argument":
        return same_value(facts[relation["of"]].arguments[relation["argument"]], values[relation["value"]])
    return _CHECKS[op](_Operands(relation, values))


class _Operands:
    """Numbers of a relation by key; a value that is no number makes every relation false."""

    def __init__(self, relation: Relation, values: Mapping[str, Value]) -> None:
        self.relation = relation
        self.values = values

    def __getitem__(self, key: str) -> float:
        return self._number(self.relation[key])

    def others(self) -> list[float]:
        return [self._number(key) for key in self.relation["among"] if key != self.relation["fact"]]

    def flag(self, key: str) -> bool:
        return bool(self.values[self.relation[key]])

    def flags(self, key: str) -> list[bool]:
        return [bool(self.values[named]) for named in self.relation.get(key, [])]

    def _number(self, id: str) -> float:
        value = self.values[id]
        return float(value) if isinstance(value, int | float) else math.nan


def _signed(operands: _Operands) -> float:
    return (operands["left"] - operands["right"]) * (1 if operands.flag("higher_is_better") else -1)


def _best(operands: _Operands) -> bool:
    sign = 1 if operands.flag("higher_is_better") else -1
    own = operands["fact"] * sign
    return all(own >= other * sign for other in operands.others()) and not any(operands.flags("ties"))


def _quotient(operands: _Operands, above: str, below: str) -> bool:
    return operands[below] != 0 and same_value(operands["result"], operands[above] / operands[below])


_CHECKS: dict[str, Callable[[_Operands], bool]] = {
    ">": lambda its: its["left"] > its["right"],
    "<": lambda its: its["left"] < its["right"],
    ">=": lambda its: its["left"] >= its["right"],
    "<=": lambda its: its["left"] <= its["right"],
    "==": lambda its: same_value(its["left"], its["right"]),
    "better": lambda its: _signed(its) > 0,
    "worse": lambda its: _signed(its) < 0,
    "difference": lambda its: same_value(its["result"], its["left"] - its["right"]),
    "ratio": lambda its: _quotient(its, "left", "right"),
    "share": lambda its: _quotient(its, "part", "whole"),
    "max": lambda its: all(its["fact"] >= other for other in its.others()),
    "min": lambda its: all(its["fact"] <= other for other in its.others()),
    "best": _best,
    "within": lambda its: its["low"] <= its["value"] <= its["high"],
    "outside": lambda its: not its["low"] <= its["value"] <= its["high"],
    "present": lambda its: its["fact"] > 0,
    "absent": lambda its: its["fact"] == 0,
}
OPS: Final = frozenset(_CHECKS) | {"all", "describes", "argument"}
