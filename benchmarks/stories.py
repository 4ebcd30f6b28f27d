"""Stories of many tables: is every number bound, and does the verifier reject what is false?

Run: ``python -m benchmarks.stories [FOLDER] [--tables 216] [--rows 30000] [--without-verifier]`` (about two minutes).

FOLDER holds CSV files (real tables); to them come generated ones of many kinds. Each is imported and profiled and its
stories are told: load, profile without and with a target, the words of every chart; besides, training, evaluation,
prediction and deployment of finished outcomes. Printed: numbers not bound (goal 0) by a scanner that shares no code
with the verifier, the longest story, the highest reading grade, the slowest story; then what share of planted false
numbers and directions the verifier rejects. Exit 1 when a goal is missed; ``--without-verifier`` must exit 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl
from benchmarks.readability import grade
from benchmarks.story_lies import false_directions, false_numbers, false_sentences
from benchmarks.story_scanner import sentences, style_of, unbound, words_of
from benchmarks.story_tables import make_table

from narrative.core.errors import NarrativeError
from narrative.engine.profile import profile_table
from narrative.engine.profile.types import TableProfile
from narrative.engine.story import tell_charts
from narrative.engine.story.draft import Draft, assemble
from narrative.engine.story.sources import Sources
from narrative.engine.story.stages.load import draft_load
from narrative.engine.story.stages.profile import draft_profile
from narrative.engine.story.types import ChartStory, Claim, Fact, Sentence
from narrative.engine.story.verifier import Verifier, scan_sentence
from narrative.engine.tables import read_table

WORDS: Final = 200
GRADE: Final = 8.0
SECONDS: Final = 1.0
STEPS: Final = 3
TOO_SLOW: Final = "a story is too slow"
Judge = Callable[[Sources, dict[str, Fact], Claim], bool]
"""Whether a claim over these facts is let through."""


@dataclass
class Tally:
    """What was told and what was planted."""

    stories: int = 0
    charts: int = 0
    numbers_unbound: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    misshapen: list[str] = field(default_factory=list)
    longest: tuple[int, str] = (0, "")
    hardest: tuple[float, str] = (-99.0, "")
    slowest: tuple[float, str] = (0.0, "")
    planted: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    survivors: list[str] = field(default_factory=list)

    def rejected(self, group: str) -> tuple[int, int]:
        """How many lies of a group were rejected, of how many."""
        planted = sum(n for name, n in self.planted.items() if name.startswith(group))
        return planted - sum(n for name, n in self.passed.items() if name.startswith(group)), planted


def verified(sources: Sources, facts: dict[str, Fact], claim: Claim) -> bool:
    """The judge of the product."""
    return Verifier(sources, facts).why_not(claim) is None


def believed(sources: Sources, facts: dict[str, Fact], claim: Claim) -> bool:  # noqa: ARG001 - judges share one call
    """The negative control: whatever is claimed is shown."""
    return True


def look_at(tally: Tally, name: str, draft: Draft, cells: dict[str, list[Any]] | None, begin: float) -> None:
    """Assemble a story and hold it to every goal."""
    story = assemble(draft)
    seconds = time.process_time() - begin
    title = f"{name} {draft.stage}"
    plain = story.model_dump(mode="json")
    tally.stories += 1
    tally.numbers_unbound += [f"{title}: {each}" for each in unbound(sentences(plain), plain["facts"], cells)]
    if not (plain["found"] and plain["meaning"] and plain["unknown"] and 1 <= len(plain["next_steps"]) <= STEPS):
        tally.misshapen.append(title)
    tally.cut += [f"{title}: {each}" for each in story.cut]
    tally.longest = max(tally.longest, (words_of(plain), title))
    tally.hardest = max(tally.hardest, (grade(style_of(plain)), title))
    tally.slowest = max(tally.slowest, (seconds, title))


def lie_about(tally: Tally, draft: Draft, judge: Judge) -> None:
    """Plant every false number and direction into the claims of a story, and ask the judge."""
    sources, book = draft.book.sources, draft.book
    for claim in [claim for claims in draft.claims.values() for claim in claims]:
        if not verified(sources, book.facts, claim):
            continue
        for kind, lie, facts in false_numbers(book, claim):
            _count(tally, f"number: {kind}", lie.text, judge(sources, facts, lie))
        for kind, sentence in false_sentences(book, claim):
            shown = judge is believed or scan_sentence(sentence, book.facts) is None
            _count(tally, f"number: {kind}", sentence.text, shown)
        for kind, lie, facts in false_directions(book, claim):
            _count(tally, f"direction: {kind}", f"{lie.text} {lie.relation}", judge(sources, facts, lie))


def _count(tally: Tally, kind: str, text: str, shown: bool) -> None:
    tally.planted[kind] += 1
    if shown:
        tally.passed[kind] += 1
        tally.survivors.append(f"{kind}: {text}")


def chart_words(profile: TableProfile) -> Iterator[tuple[str, ChartStory]]:
    """Each chart of a profile that has words."""
    relations = profile.relations
    tables = {} if relations is None else {key: getattr(relations, key) for key in ("spearman", "categories", "ratios")}
    named = {
        **{column.name: column for column in profile.columns}, "pearson": profile.correlation, **tables,
        "target": profile.target_chart, "missing": profile.missing_chart,
    }  # fmt: skip
    return ((name, words) for name, words in named.items() if words is not None)


def tell_all(tally: Tally, path: Path, *, targets: Iterable[str], rows: int, judge: Judge | None) -> None:
    """Import, profile, tell and scan one file; with a judge, lie about it too."""
    loaded = read_table(path)
    frame = loaded.frame.head(rows)
    cells = {name: frame[name].to_list() for name in frame.columns}
    begin = time.process_time()
    drafts = [draft_load(Sources(table=frame, table_hash="0" * 64, imported=loaded.report))]
    look_at(tally, path.stem, drafts[0], cells, begin)
    profiles = [profile_table(frame)]
    suggested = [item.column for item in profiles[0].suggested_targets[:1]]
    for target in dict.fromkeys([*[name for name in targets if name in frame.columns], *suggested]):
        try:
            profiles.append(profile_table(frame, target=target))
        except NarrativeError:  # A column that cannot be predicted has no story with a target.
            continue
    for profile in profiles:
        begin = time.process_time()
        drafts.append(draft := draft_profile(Sources(table=frame, profile=profile)))
        look_at(tally, path.stem, draft, cells, begin)
        begin = time.process_time()
        told = tell_charts(profile)
        tally.slowest = max(tally.slowest, (time.process_time() - begin, f"{path.stem} charts"))
        _look_at_charts(tally, path.stem, told, cells)
    for draft in drafts if judge else ():
        lie_about(tally, draft, judge or verified)


def _look_at_charts(tally: Tally, name: str, profile: TableProfile, cells: dict[str, list[Any]]) -> None:
    for chart, words in chart_words(profile):
        tally.charts += 1
        told: list[Sentence] = [each for each in (words.headline, words.sentence) if each is not None]
        facts = [fact.model_dump(mode="json") for fact in words.facts]
        found = unbound([each.model_dump(mode="json") for each in told], facts, cells)
        tally.numbers_unbound += [f"{name} chart of {chart}: {each}" for each in found]


def generated(tally: Tally, numbers: Iterable[int], folder: Path, judge: Judge | None, *, rows: int = 30_000) -> None:
    """Tell about generated tables; lies are planted into every fourth."""
    for seed in numbers:
        made = make_table(seed)
        path = folder / f"{made.name}.csv"
        path.write_bytes(made.data)
        try:
            tell_all(tally, path, targets=made.targets[:2], rows=rows, judge=judge if seed % 4 == 0 else None)
        except NarrativeError as error:
            if error.code not in REFUSALS:
                raise
        finally:
            path.unlink()


REFUSALS: Final = frozenset({"no_rows", "empty_file", "table_too_small"})


def report(tally: Tally) -> list[str]:
    """The figures, and what misses its goal, in lines that begin with MISS."""
    numbers, n_numbers = tally.rejected("number")
    directions, n_directions = tally.rejected("direction")
    lines = [
        f"stories {tally.stories}, charts with words {tally.charts}",
        f"numbers not bound {len(tally.numbers_unbound)}, true claims cut {len(tally.cut)}, "
        f"stories without one of their parts {len(tally.misshapen)}",
        f"longest {tally.longest[0]} words ({tally.longest[1]}); grade {tally.hardest[0]:.1f} ({tally.hardest[1]})",
        f"slowest {tally.slowest[0]:.2f} s CPU ({tally.slowest[1]})",
        f"false numbers rejected {numbers} of {n_numbers}, false directions {directions} of {n_directions}",
        *[f"  {kind:<36}{n - tally.passed[kind]:>7} of {n:>7}" for kind, n in sorted(tally.planted.items())],
    ]
    return [*lines, *[f"MISS {text}" for text in misses(tally)]]


def misses(tally: Tally) -> list[str]:
    """The goals that are missed, in words."""
    (numbers, n_numbers), (directions, n_directions) = tally.rejected("number"), tally.rejected("direction")
    goals = {
        "a number is not bound": bool(tally.numbers_unbound),
        "a true claim was cut": bool(tally.cut),
        "a story lacks a part": bool(tally.misshapen),
        "a story is too long": tally.longest[0] > WORDS,
        "a story is too hard to read": tally.hardest[0] > GRADE,
        TOO_SLOW: tally.slowest[0] > SECONDS,
        "a false number was shown": numbers < n_numbers,
        "false directions were shown": directions < 0.95 * n_directions,
    }
    return [text for text, missed in goals.items() if missed]


def main() -> int:
    """Tell, scan, lie, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", nargs="?", type=Path)
    arguments.add_argument("--tables", type=int, default=216)
    arguments.add_argument("--rows", type=int, default=30_000, help="rows of a real table that are counted again")
    arguments.add_argument("--without-verifier", action="store_true")
    arguments.add_argument("--show", type=int, default=20, help="how many misses of each sort are printed")
    chosen = arguments.parse_args()
    judge = believed if chosen.without_verifier else verified
    tally, begin = Tally(), time.process_time()
    files = sorted(chosen.folder.glob("*.csv")) if chosen.folder else []
    for path in files:
        if pl.read_csv(path, n_rows=1, infer_schema=False).width > 1:
            tell_all(tally, path, targets=(), rows=chosen.rows, judge=judge)
    with tempfile.TemporaryDirectory() as folder:
        generated(tally, range(chosen.tables), Path(folder), judge)
    lines = report(tally)
    for found in (tally.numbers_unbound, tally.cut, tally.misshapen, tally.survivors):
        print(*found[: chosen.show], sep="\n")
    print(*lines, f"{time.process_time() - begin:.0f} s CPU", sep="\n")
    return any(line.startswith("MISS") for line in lines)


if __name__ == "__main__":
    sys.exit(main())
