"""The known categories of a column, found again however a person writes them."""

from __future__ import annotations

from collections.abc import Sequence


class KnownCategories:
    """The categories of a column, ready to be looked up, also when they are written with other case or blanks.

    Args:
        vocabulary: every known category.
        frequent: the most frequent ones, falling; of several spellings of one word the first of them is meant.
    """

    def __init__(self, vocabulary: Sequence[str], frequent: Sequence[str] = ()) -> None:
        self.words = frozenset(vocabulary)
        self._rank = {word: place for place, word in enumerate(frequent)}
        self._by_fold: dict[str, list[str]] = {}
        for word in vocabulary:
            self._by_fold.setdefault(_fold(word), []).append(word)

    def alike(self, text: str) -> str | None:
        """The known category the text can mean, the most frequent of several spellings; None when there is none, or
        when nobody knows which of several is the frequent one."""
        words = self._by_fold.get(_fold(text), [])
        if len(words) <= 1:
            return words[0] if words else None
        ranked = [word for word in words if word in self._rank]
        return min(ranked, key=self._rank.__getitem__) if ranked else None


def _fold(text: str) -> str:
    """A category without case and superfluous blanks."""
    return " ".join(text.casefold().split())
