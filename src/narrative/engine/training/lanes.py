"""Several pieces of work side by side, each in a thread of its own: native libraries compute outside Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Lanes(Generic[Item]):
    """Keeps up to ``count`` pieces of work going; with one lane everything happens in the calling thread."""

    def __init__(self, count: int) -> None:
        self._count = max(count, 1)

    def run(self, next_item: Callable[[list[Item]], Item | None], work: Callable[[Item], object]) -> None:
        """Ask for work until there is none and all is done.

        Args:
            next_item: gives the next piece, knowing those that are being worked on, or None for "nothing now"; it is
                asked again when a piece is done, and only in the calling thread.
            work: does a piece; what it raises is raised here, after the others have ended.
        """
        if self._count == 1:
            while (item := next_item([])) is not None:
                work(item)
            return
        with ThreadPoolExecutor(self._count) as pool:
            busy: dict[Future[object], Item] = {}
            while True:
                while len(busy) < self._count:
                    item = next_item(list(busy.values()))
                    if item is None:
                        break
                    busy[pool.submit(work, item)] = item
                if not busy:
                    return
                for done in wait(busy, return_when=FIRST_COMPLETED).done:
                    del busy[done]
                    done.result()
