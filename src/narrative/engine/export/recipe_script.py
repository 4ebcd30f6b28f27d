"""A recipe as a Python script that makes the same table out of the raw file, and proves it by the content hash."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from narrative.engine.recipe import Recipe
from narrative.engine.types import Problem

_WIDTH = 100
_SCRIPT = '''\
"""{title}

Makes the prepared table out of the raw file with the library Narrative {version}, and checks that it is the same one.

    pip install narrative
    python {name} {arguments}

Everything the table depends on is below: how the files are read, and the steps of the recipe.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import narrative

READING = json.loads(
{reading}
)
"""How the raw file is read: what was said instead of a guess."""
OTHERS = json.loads(
{others}
)
"""Further tables that steps look into: version, file and how it is read, in the order of the arguments."""
RECIPE = narrative.Recipe.from_json(
{recipe}
)
TARGET, PROBLEM = {target!r}, {problem!r}
"""The column to predict, which steps do not change, and what kind of question it is."""
EXPECTED = {expected!r}
"""Content hash of the table this made in the studio."""


def main(raw: str, *files: str) -> int:
    """Read, carry the steps out, write ``prepared.parquet``; 1 when the table is another one than in the studio."""
    table = narrative.load(raw, **READING)
    others = {{
        other["version"]: narrative.load(file, **other["reading"]) for other, file in zip(OTHERS, files, strict=True)
    }}
    prepared = narrative.apply(
        RECIPE, table, target=TARGET, problem=PROBLEM, tables=others, allow_data_loss=True
    )
    prepared.write_parquet(Path("prepared.parquet"))
    found = narrative.content_hash(prepared)
    print(f"{{prepared.height:,}} rows, {{prepared.width:,}} columns, content hash {{found}}")
    print("the same table as in the studio" if found == EXPECTED else f"NOT the same: {{EXPECTED}} was expected")
    return int(found != EXPECTED)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
'''


@dataclass(frozen=True)
class ScriptTable:
    """A file that a script reads.

    Attributes:
        file: its name, for people; the script takes the path as an argument.
        version: version id by which steps name the table; of no meaning for the table the recipe is applied to.
        reading: the reading options that differ from the usual ones, as JSON.
    """

    file: str
    version: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)


def recipe_script(
    recipe: Recipe,
    raw: ScriptTable,
    expected: str,
    *,
    others: Sequence[ScriptTable] = (),
    target: str | None = None,
    problem: Problem | None = None,
    version: str,
    name: str = "recipe.py",
) -> str:
    """A script that uses the public library only and ends with 0 exactly when the content hash is ``expected``.

    Everything given by people goes in as a literal of text that JSON is read from, so no name, value or formula of a
    recipe can become code.

    Args:
        expected: content hash of the table that the recipe made.
        others: tables that steps such as join name, by their version.
        version: of the program that writes the script.
    """
    rest = [{"version": other.version, "file": other.file, "reading": dict(other.reading)} for other in others]
    return _SCRIPT.format(
        title=f"A recipe of {_counted(sum(step.enabled for step in recipe.steps))}.",
        version=version,
        name=name,
        arguments=" ".join(_argument(table.file) for table in (raw, *others)),
        reading=_literal(json.dumps(dict(raw.reading), sort_keys=True)),
        others=_literal(json.dumps(rest, sort_keys=True)),
        recipe=_literal(recipe.to_json()),
        target=_Ascii(target),
        problem=problem,
        expected=expected,
    )


class _Ascii:
    """A text (or nothing) whose ``repr`` is plain ASCII, whatever is in it."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    def __repr__(self) -> str:
        return ascii(self._text)


def _literal(text: str) -> str:
    """Text as lines of string literals, each of them short and plain ASCII."""
    pieces = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
    return textwrap.indent("\n".join(ascii(piece) for piece in pieces), "    ")


def _argument(file: str) -> str:
    """A file's name for the line that shows how to call the script: letters, digits and a few signs only."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_" for sign in file) or "file"


def _counted(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"
