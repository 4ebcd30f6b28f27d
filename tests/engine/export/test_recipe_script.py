"""A recipe as a Python script: it makes the same table as the studio, and says so when it does not."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import narrative
from narrative.engine.export import ScriptTable, recipe_script
from narrative.engine.recipe import Recipe, StepSpec

STEPS = [
    StepSpec(type="trim_whitespace", params={"columns": ["town"]}),
    StepSpec(type="formula", params={"name": "per room", "formula": "if(rooms > 0, price / rooms, missing)"}),
    StepSpec(type="impute", params={"columns": ["price"], "method": "mean", "indicator": True}),
    StepSpec(type="join", params={"table": "v2", "keys": ["town"]}),
    StepSpec(type="encode", params={"columns": ["town"], "method": "one_hot"}),
    StepSpec(type="sort_rows", params={"columns": ["per room"]}),
    StepSpec(type="drop_columns", params={"columns": ["rooms"]}, enabled=False),
]
TOWNS = pl.DataFrame({"town": ["Oslo", "Rome"], "people": [709_000, 2_761_000]})


def written(folder: Path) -> None:
    rows = [f" {'Oslo' if i % 3 else 'Rome'};{i % 5};{'' if i % 7 == 0 else f'{i},5'}" for i in range(60)]
    (folder / "raw.csv").write_text("\n".join(["town;rooms;price", *rows]) + "\n")
    TOWNS.write_csv(folder / "towns.csv")


def script(folder: Path, recipe: Recipe) -> str:
    reading = {"delimiter": ";", "decimal": ","}
    table = narrative.load(folder / "raw.csv", **reading)
    tables = {"v2": narrative.load(folder / "towns.csv")}
    after = narrative.apply(recipe, table, tables=tables, allow_data_loss=True)
    return recipe_script(
        recipe, ScriptTable("raw.csv", reading=reading), narrative.content_hash(after),
        others=[ScriptTable("towns.csv", "v2")], version="1.0",
    )  # fmt: skip


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "recipe.py", "raw.csv", "towns.csv"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.slow
def test_the_script_makes_a_table_of_equal_hash_and_fails_for_another_file(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "recipe.py").write_text(script(tmp_path, Recipe(STEPS)))
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "the same table as in the studio" in done.stdout
    raw = tmp_path / "raw.csv"
    raw.write_text(raw.read_text().replace("59,5", "58,5"))
    changed = run(tmp_path)
    assert changed.returncode == 1
    assert "NOT the same" in changed.stdout


def test_what_people_write_into_a_recipe_never_becomes_code() -> None:
    odd = "'''\"\"\"\n) or __import__('os').getpid() # {} \\ \u2028 é"
    recipe = Recipe([StepSpec(type="replace_values", params={"find": odd, "replace": odd})])
    text = recipe_script(
        recipe,
        ScriptTable(odd, reading={"sheet": odd}),
        "0" * 64,
        others=[ScriptTable(odd, odd)],
        target=odd,
        version="1",
    )
    tree = ast.parse(text)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert called == {"main", "print", "int", "zip", "Path"}
    assert text.isascii()
    constants = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert recipe.to_json() in constants
    assert odd in constants


def test_a_recipe_survives_json_with_an_equal_result() -> None:
    recipe = Recipe(STEPS[1:3])
    table = pl.DataFrame({"price": [1.0, None, 3.0], "rooms": [1, 0, 2]})
    again = Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert narrative.content_hash(narrative.apply(again, table)) == narrative.content_hash(
        narrative.apply(recipe, table)
    )
