"""Homes sold in and around one city."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import polars as pl

from narrative.engine.samples.base import SEED, Sample, choose, with_gaps
from narrative.engine.types import FloatArray, IntArray, Problem

FIRST_SALE = date(2023, 1, 2)
DAYS = 1_090
AREAS = {
    "Old Town": (0.32, 1.2), "Harbour": (0.22, 2.4), "University": (0.15, 2.9), "Garden City": (0.1, 5.6),
    "Station": (-0.05, 1.9), "Riverside": (0.18, 3.8), "Northfield": (-0.12, 7.1), "Millbrook": (-0.02, 8.8),
    "Airport": (-0.28, 11.5), "Hillcrest": (0.24, 6.4), "Eastgate": (-0.18, 5.2), "Lakeside": (0.12, 13.0),
}  # fmt: skip
CONDITIONS = {"needs work": -0.2, "fair": -0.07, "good": 0.0, "very good": 0.07, "like new": 0.15}
ENERGY = {"A": 0.07, "B": 0.05, "C": 0.02, "D": 0.0, "E": -0.03, "F": -0.06, "G": -0.1}


class HousePrices(Sample):
    """What is a home worth? 3,000 sales over three years."""

    name: ClassVar[str] = "house_prices"
    title: ClassVar[str] = "House prices"
    question: ClassVar[str] = "For how much will this home sell?"
    target: ClassVar[str] = "price_eur"
    problem: ClassVar[Problem] = "regression"
    n_rows: ClassVar[int] = 3_000

    def build(self, seed: int = SEED, n_rows: int | None = None) -> pl.DataFrame:
        n = n_rows or self.n_rows
        random = np.random.default_rng(seed)
        is_house = random.random(n) < 0.42
        area = np.array(choose(random, dict.fromkeys(AREAS, 1.0), n))
        living = np.round(np.where(is_house, random.gamma(11, 13, n) + 35, random.gamma(9, 8, n) + 20))
        lot = np.round(np.where(is_house, living * random.uniform(1.5, 6.5, n), np.nan))
        rooms = np.clip(np.round(living / 27 + random.normal(0, 0.7, n)), 1, 12).astype(np.int64)
        built = np.clip(np.round(2024 - random.gamma(1.6, 24, n)), 1880, 2025).astype(np.int64)
        sold = np.sort(random.integers(0, DAYS, n))
        distance = np.round(np.array([AREAS[name][1] for name in area]) * random.uniform(0.75, 1.3, n), 1)
        table = pl.DataFrame(
            {
                "sale_id": [f"S{number:05d}" for number in random.permutation(n) + 1],
                "sold_on": [FIRST_SALE + timedelta(days=int(day)) for day in sold],
                "neighbourhood": area,
                "home_type": np.where(is_house, "house", "flat"),
                "living_area_m2": living.astype(np.int64),
                "lot_area_m2": pl.Series(lot, nan_to_null=True).cast(pl.Int64),
                "rooms": rooms,
                "bathrooms": np.clip(np.round(rooms / 3 + random.normal(0, 0.4, n)), 1, 5).astype(np.int64),
                "year_built": built,
                "condition": _condition(random, built),
                "energy_class": _energy(random, built),
                "distance_to_centre_km": distance,
                "has_garage": random.random(n) < np.where(is_house, 0.7, 0.3),
                "has_balcony": random.random(n) < np.where(is_house, 0.35, 0.6),
            }
        )
        price = np.exp(_log_price(table, sold) + random.normal(0, 0.105, n))
        table = table.with_columns(pl.Series("price_eur", np.round(price / 500) * 500).cast(pl.Int64))
        return table.with_columns(
            with_gaps(random, table["energy_class"], np.where(built < 1960, 0.25, 0.05)),
            with_gaps(random, table["bathrooms"], 0.03),
            with_gaps(random, table["distance_to_centre_km"], 0.02),
        )


def _condition(random: np.random.Generator, built: IntArray) -> list[str]:
    names = list(CONDITIONS)
    place = np.clip(np.round(2.0 + (built - 1975) / 30 + random.normal(0, 0.9, len(built))), 0, 4)
    return [names[int(index)] for index in place]


def _energy(random: np.random.Generator, built: IntArray) -> list[str]:
    names = list(ENERGY)
    place = np.clip(np.round((2022 - built) / 16 + random.normal(0, 1.1, len(built))), 0, 6)
    return [names[int(index)] for index in place]


def _log_price(table: pl.DataFrame, sold: IntArray) -> FloatArray:
    """Logarithm of the price: size with falling returns, place, state, and a market that rises with a dent."""
    living, built = table["living_area_m2"].to_numpy(), table["year_built"].to_numpy()
    level = 8.62 + 0.86 * np.log(living) + np.array([AREAS[name][0] for name in table["neighbourhood"]])
    level = level + 0.1 * (table["home_type"] == "house").to_numpy() + 0.035 * table["has_garage"].to_numpy()
    level = level + 0.014 * np.log1p(table["lot_area_m2"].fill_null(0).to_numpy())
    level = level + np.array([CONDITIONS[word] for word in table["condition"]])
    level = level + np.array([ENERGY[word] for word in table["energy_class"]])
    level = level - 0.016 * table["distance_to_centre_km"].to_numpy()
    level = level + 0.05 * np.clip((built - 1990) / 30, 0, 1) + 0.06 * (built < 1915)
    market = 0.00011 * sold - 0.05 * np.exp(-(((sold - 430) / 120) ** 2))
    return np.asarray(level + market, dtype=np.float64)
