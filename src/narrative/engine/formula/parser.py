"""Reading a formula: recursive descent with a depth that is counted, so that no text can exhaust the stack.

From loosest to tightest: ``or``; ``and``; ``not``; comparisons, ``in``, ``is empty``; ``&``; ``+ -``; ``* / // %``;
minus before a value; ``^`` (from the right: 2^3^2 is 512).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from narrative.core.errors import InvalidInput
from narrative.engine.formula.faults import MOST_DEPTH, MOST_PARTS, fault, too_large
from narrative.engine.formula.tokens import Token, tokens_of
from narrative.engine.formula.tree import Call, ColumnName, Node, Value, depth_of

_WORDS: Final = {"true": True, "yes": True, "false": False, "no": False, "missing": None}
_TAKEN: Final = frozenset({*_WORDS, "and", "or", "not", "in", "is", "empty"})


def parse(text: str) -> Node:
    """The tree of a formula. Raises ``InvalidInput('formula_invalid')`` with the place in ``context``."""
    tokens = tokens_of(text)
    if len(tokens) == 1:
        raise fault("there is nothing here.", 0, len(text), fix="Write a calculation, for example [price] * 1.2.")
    return _Parser(tokens).whole()


class _Parser:
    """One reading of one formula."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._parts = 0

    def whole(self) -> Node:
        node = self._any()
        if self._now.kind != "end":
            raise self._unexpected("Here the formula should end, or go on with an operator such as + or and")
        return node

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    def _next(self) -> Token:
        token = self._now
        self._place += token.kind != "end"
        return token

    def _take(self, *values: str) -> Token | None:
        return self._next() if self._now.says(*values) else None

    def _need(self, value: str) -> Token:
        token = self._take(value)
        if token is None:
            raise self._unexpected(f"Here should be {value!r}")
        return token

    def _unexpected(self, wanted: str) -> InvalidInput:
        token = self._now
        found = "the end" if token.kind == "end" else repr(token.value)
        fix = "To raise to a power write ^." if token.value == "*" else f"{wanted}."
        return fault(f"{found} cannot stand here.", token.start, token.end, fix=fix)

    def _inside(self, read: Callable[[], Node]) -> Node:
        """Read one level deeper."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise too_large("it is too deeply nested", MOST_DEPTH, self._now.start, self._now.end)
        node = read()
        self._depth -= 1
        return node

    def _call(self, name: str, arguments: list[Node], start: int, end: int) -> Call:
        depth = 1 + max((depth_of(node) for node in arguments), default=0)
        if depth > MOST_DEPTH:
            raise too_large("it has too many calculations one after the other", MOST_DEPTH, start, end)
        self._count(start, end)
        return Call(name, tuple(arguments), start, end, depth)

    def _count(self, start: int, end: int) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise too_large("it has too many parts", MOST_PARTS, start, end)

    def _binary(self, operand: Callable[[], Node], *signs: str) -> Node:
        """Operands with one of the signs between them, from the left."""
        node = operand()
        while (sign := self._take(*signs)) is not None:
            right = operand()
            node = self._call(str(sign.value).casefold(), [node, right], node.start, right.end)
        return node

    def _any(self) -> Node:
        return self._inside(lambda: self._binary(self._all, "or"))

    def _all(self) -> Node:
        return self._binary(self._not, "and")

    def _not(self) -> Node:
        sign = self._take("not")
        if sign is None:
            return self._comparison()
        node = self._inside(self._not)
        return self._call("not", [node], sign.start, node.end)

    def _comparison(self) -> Node:
        node = self._joined()
        asked = self._question(node)
        if asked is not node and self._now.says("=", "<>", "<", ">", "<=", ">=", "in", "is"):
            raise fault(
                "comparisons cannot be chained.", self._now.start, self._now.end, fix="Join them: a < b and b < c."
            )
        return asked

    def _question(self, node: Node) -> Node:
        sign = self._take("=", "<>", "<", ">", "<=", ">=")
        if sign is not None:
            right = self._joined()
            return self._call(str(sign.value), [node, right], node.start, right.end)
        if self._take("is"):
            negated = self._take("not")
            word = self._take("empty", "missing")
            if word is None:
                raise self._unexpected("After 'is' comes 'empty' or 'not empty'")
            return self._maybe_not(self._call("is empty", [node], node.start, word.end), negated)
        negated = self._take("not")
        if negated is not None and not self._now.says("in"):
            raise self._unexpected("After 'not' comes 'in' here")
        if self._take("in"):
            self._need("(")
            values, end = self._arguments()
            return self._maybe_not(self._call("in", [node, *values], node.start, end), negated)
        return node

    def _maybe_not(self, node: Call, negated: Token | None) -> Call:
        return node if negated is None else self._call("not", [node], node.start, node.end)

    def _joined(self) -> Node:
        return self._binary(self._sum, "&")

    def _sum(self) -> Node:
        return self._binary(self._product, "+", "-")

    def _product(self) -> Node:
        return self._binary(self._signed, "*", "/", "//", "%")

    def _signed(self) -> Node:
        sign = self._take("-", "+")
        if sign is None:
            return self._power()
        node = self._inside(self._signed)
        return node if sign.value == "+" else self._call("negative", [node], sign.start, node.end)

    def _power(self) -> Node:
        base = self._single()
        if self._take("^") is None:
            return base
        exponent = self._inside(self._signed)
        return self._call("^", [base, exponent], base.start, exponent.end)

    def _single(self) -> Node:
        token = self._next()
        self._count(token.start, token.end)
        if token.kind in {"number", "text"}:
            return Value(token.value, token.start, token.end)
        if token.kind == "column":
            return ColumnName(str(token.value), bare=False, start=token.start, end=token.end)
        if token.says("("):
            node = self._any()
            self._need(")")
            return node
        word = str(token.value).casefold()
        if token.kind == "name" and self._now.says("("):
            self._next()
            arguments, end = self._arguments()
            return self._call(word, arguments, token.start, end)
        if token.kind == "name" and word in _WORDS:
            return Value(_WORDS[word], token.start, token.end)
        if token.kind == "name" and word not in _TAKEN:
            return ColumnName(str(token.value), bare=True, start=token.start, end=token.end)
        self._place -= token.kind != "end"
        raise self._unexpected("Here should be a column, a value, a function or a bracket")

    def _arguments(self) -> tuple[list[Node], int]:
        """What stands between brackets that were just opened, and the place behind them."""
        closed = self._take(")")
        if closed is not None:
            return [], closed.end
        found = [self._any()]
        while self._take(",") is not None:
            found.append(self._any())
        return found, self._need(")").end
