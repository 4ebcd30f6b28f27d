"""Customers of an internet provider, some of whom leave."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl

from narrative.engine.samples.base import SEED, Sample, chance, choose, with_gaps
from narrative.engine.types import FloatArray, IntArray, Problem

TODAY = date(2026, 3, 31)
CITIES = {
    "Lisbon": 9, "Porto": 6, "Madrid": 12, "Valencia": 6, "Lyon": 7, "Nantes": 4, "Ghent": 4, "Utrecht": 5,
    "Hamburg": 10, "Leipzig": 6, "Graz": 4, "Brno": 5, "Krakow": 7, "Turin": 6, "Bologna": 5, "Malmö": 4,
}  # fmt: skip
PLANS = {"Basic": 0.42, "Standard": 0.37, "Premium": 0.21}
PRICES = {"Basic": 24.0, "Standard": 39.0, "Premium": 59.0}
UNHAPPY = (
    "Complained about an outage in the evening",
    "Asked how to cancel before the end of the contract",
    "Says a competitor offers the same for less",
    "Connection drops several times a day",
    "Waited a week for the technician",
    "Disputes a charge on the last invoice",
)
NEUTRAL = (
    "Changed the bank account for payments",
    "Asked for a copy of the last invoice",
    "Moved within the city and took the contract along",
    "Question about the new router",
    "Updated phone number and email",
    "Wanted to know how much data is left",
    "Ordered a second TV box",
)


class CustomerChurn(Sample):
    """Who leaves? 5,000 customers, about one in four of them lost within three months."""

    name: ClassVar[str] = "customer_churn"
    title: ClassVar[str] = "Customer churn"
    question: ClassVar[str] = "Which customers will leave in the next three months?"
    target: ClassVar[str] = "churned"
    problem: ClassVar[Problem] = "binary"
    n_rows: ClassVar[int] = 5_000

    def build(self, seed: int = SEED, n_rows: int | None = None) -> pl.DataFrame:
        n = n_rows or self.n_rows
        random = np.random.default_rng(seed)
        plan = choose(random, PLANS, n)
        tenure = np.minimum(random.gamma(1.4, 18.0, n), 110).astype(np.int64)
        price = np.array([PRICES[word] for word in plan]) + random.normal(0, 2.5, n) - 0.03 * tenure
        calls = random.poisson(0.9 + 0.6 * (tenure < 6), n)
        outages = random.poisson(1.1, n)
        mood = np.clip(np.round(4.1 - 0.45 * calls - 0.3 * outages + random.normal(0, 0.9, n)), 1, 5)
        table = pl.DataFrame(
            {
                "customer_id": [f"C-{number}" for number in 100_000 + random.permutation(n)],
                "signup_date": [date.fromordinal(TODAY.toordinal() - int(m * 30.44) - int(d))
                                for m, d in zip(tenure, random.integers(0, 28, n), strict=True)],
                "city": _as_typed(random, choose(random, CITIES, n)),
                "age": np.clip(random.normal(46, 15, n), 18, 92).astype(np.int64),
                "plan": plan,
                "contract": choose(random, {"monthly": 0.52, "one year": 0.29, "two years": 0.19}, n),
                "payment_method": choose(random, {"direct debit": 0.55, "card": 0.3, "invoice": 0.15}, n),
                "monthly_charge_eur": np.round(price, 2),
                "data_used_gb": np.round(random.gamma(3.0, 60.0, n) * (1 + 0.3 * (np.array(plan) == "Premium")), 1),
                "usage_change_pct": np.round(random.normal(0, 18, n) - 4 * (mood < 3), 1),
                "support_calls_6m": calls,
                "outages_6m": outages,
                "late_payments_12m": random.binomial(4, 0.06 + 0.1 * random.random(n), n),
                "satisfaction": mood.astype(np.int64),
                "last_note": _notes(random, calls, mood),
            }
        )  # fmt: skip
        left = random.random(n) < chance(_margin(table, tenure))
        table = table.with_columns(pl.Series("churned", np.where(left, "yes", "no")))
        return table.with_columns(
            with_gaps(random, table["age"], 0.04),
            with_gaps(random, table["data_used_gb"], 0.03),
            with_gaps(random, table["satisfaction"], np.where(left, 0.32, 0.22)),
        )


def _margin(table: pl.DataFrame, tenure: IntArray) -> FloatArray:
    """Log-odds of leaving: new, monthly, dear, unhappy customers who use less and less."""
    bound = {"monthly": 1.1, "one year": -0.9, "two years": -2.2}
    price, mood = table["monthly_charge_eur"].to_numpy(), table["satisfaction"].to_numpy()
    margin = -1.72 + np.array([bound[word] for word in table["contract"]])
    margin = margin + 0.042 * (price - 36) - 0.03 * np.minimum(tenure, 60)
    margin = margin + 0.35 * np.minimum(table["support_calls_6m"].to_numpy(), 4)
    margin = margin + 0.4 * table["late_payments_12m"].to_numpy() - 0.03 * table["usage_change_pct"].to_numpy()
    # A dear plan hurts most where the satisfaction is low; a model has to find the two together.
    return np.asarray(margin - 0.75 * (mood - 3.3) + 0.8 * ((price > 45) & (mood <= 2)), dtype=np.float64)


def _as_typed(random: np.random.Generator, words: list[str]) -> list[str]:
    """Now and then a name is typed in small letters, or with a blank behind it."""
    slips = random.random(len(words))
    return [
        f"{word} " if slip < 0.008 else word.lower() if slip < 0.014 else word
        for word, slip in zip(words, slips, strict=True)
    ]


def _notes(random: np.random.Generator, calls: IntArray, mood: FloatArray) -> list[str | None]:
    """A line by the call centre for most customers who called; the unhappier, the more telling."""
    notes: list[str | None] = []
    for n_calls, feeling in zip(calls, mood, strict=True):
        if n_calls == 0 or random.random() < 0.1:
            notes.append(None)
            continue
        pool = UNHAPPY if random.random() < 0.75 - 0.14 * feeling else NEUTRAL
        note = pool[int(random.integers(len(pool)))]
        notes.append(f"{note}, call of {int(random.integers(2, 25))} minutes")
    return notes
