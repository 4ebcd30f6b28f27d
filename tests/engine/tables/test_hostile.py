"""Hostile files through the parsing child: a table or a refusal with a way on, in bounded memory and time."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from narrative.core.errors import Canceled, InvalidInput, LimitExceeded, NarrativeError
from narrative.engine.tables import ReadLimits, read_table
from tests.fixtures.hostile import KINDS, HostileFile, hostile_files

LIMIT = 2 * 1024**3
"""Address space; below, the libraries cannot even start their threads."""
MOST_CPU_SECONDS = 30
ONCE = [kind for kind in KINDS if not kind.startswith(("cut_", "misnamed_"))]
UNBOUNDED = ReadLimits(memory_bytes=1024**4)


@dataclass
class Watch:
    """Memory of the child while it works; asks for its end when it passes the limit by more than a tenth."""

    most: int = 0

    def __call__(self) -> bool:
        for child in psutil.Process().children(recursive=True):
            try:
                self.most = max(self.most, int(child.memory_info().rss))
            except psutil.NoSuchProcess:
                continue
        return self.most > 1.1 * LIMIT


def breach(file: HostileFile, folder: Path, limits: ReadLimits) -> str | None:
    """What the file broke, or None: a table, or a refusal of the families that are the user's to act on."""
    path, watch = folder / "blob", Watch()
    path.write_bytes(file.content)
    started = psutil.Process().cpu_times()
    try:
        table = read_table(path, name=file.name, limits=limits, should_stop=watch)
    except Canceled:
        return f"{file.kind}: {watch.most:,} bytes of memory"
    except (InvalidInput, LimitExceeded) as error:
        outcome = None if error.fix else f"{file.kind}: {error.code} names no way on"
    except NarrativeError as error:
        outcome = f"{file.kind}: {error.code} {error.context}"
    else:
        outcome = None if table.frame.width else f"{file.kind}: a table without columns"
    ended = psutil.Process().cpu_times()
    spent = ended.children_user + ended.children_system - started.children_user - started.children_system
    return outcome or (f"{file.kind}: {spent:.0f} s of processor time" if spent > MOST_CPU_SECONDS else None)


def test_the_same_seed_gives_the_same_files_and_another_one_others() -> None:
    kinds = ["mutated_csv", "noise", "zip_lie", "ragged"]
    first, again, other = (list(hostile_files(8, seed, kinds)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert len(KINDS) >= 40


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_sixty_kinds_end_in_a_table_or_a_refusal_with_a_way_on(tmp_path: Path) -> None:
    seed = int(time.time())
    kinds = random.Random(seed).sample(ONCE, 60)  # noqa: S311 - which kinds are looked at this time
    found = [breach(file, tmp_path, ReadLimits(memory_bytes=LIMIT)) for file in hostile_files(len(kinds), seed, kinds)]
    assert [f"seed {seed}: {text}" for text in found if text] == []


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.timeout(300)
def test_without_limits_a_small_workbook_fills_the_memory(tmp_path: Path) -> None:
    """Control: one text of 30,000 characters used 200,000 times; the file has a megabyte."""
    (file,) = hostile_files(1, 1, ["xlsx_repeated_text"])
    assert len(file.content) < 2_000_000
    assert "bytes of memory" in str(breach(file, tmp_path, UNBOUNDED))
