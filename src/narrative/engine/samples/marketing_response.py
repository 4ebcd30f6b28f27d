"""Clients of a bank who were offered a savings plan."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl

from narrative.engine.samples.base import SEED, Sample, chance, choose, with_gaps
from narrative.engine.types import FloatArray, Problem

CAMPAIGN = date(2026, 2, 2)
JOBS = {
    "administration": 0.2, "technician": 0.16, "services": 0.13, "management": 0.14, "worker": 0.15, "retired": 0.09,
    "self-employed": 0.06, "student": 0.04, "unemployed": 0.03,
}  # fmt: skip
INCOMES = {
    "administration": 36, "technician": 41, "services": 29, "management": 63, "worker": 31, "retired": 26,
    "self-employed": 45, "student": 11, "unemployed": 14,
}  # fmt: skip
EAGERNESS = {"retired": 0.55, "student": 0.45, "management": 0.2, "worker": -0.35, "services": -0.2}
OUTCOMES = {"never contacted": 0.62, "declined": 0.27, "accepted": 0.11}


class MarketingResponse(Sample):
    """Who says yes? 6,000 clients, of whom about one in nine accepted the offer."""

    name: ClassVar[str] = "marketing_response"
    title: ClassVar[str] = "Marketing response"
    question: ClassVar[str] = "Which clients will accept the offer?"
    target: ClassVar[str] = "accepted_offer"
    problem: ClassVar[Problem] = "binary"
    n_rows: ClassVar[int] = 6_000

    def build(self, seed: int = SEED, n_rows: int | None = None) -> pl.DataFrame:
        n = n_rows or self.n_rows
        random = np.random.default_rng(seed)
        job = choose(random, JOBS, n)
        typical = np.array([{"retired": 68, "student": 23}.get(word, 43) for word in job])
        age = np.clip(typical + random.normal(0, np.where(typical == 43, 11, 4), n), 18, 92).astype(np.int64)
        income = np.array([INCOMES[word] for word in job]) * np.exp(random.normal(0, 0.35, n))
        balance = random.normal(0.06, 0.12, n) * income * 1000 + random.gamma(1.2, 1500, n) - 600
        outcome = choose(random, OUTCOMES, n)
        contacts = 1 + random.geometric(0.45, n) - 1
        opens = random.poisson(1.6, n)
        visits = random.poisson(0.8 + 0.35 * opens)
        rate = np.round(random.choice([1.5, 2.0, 2.5, 3.0], n), 1)
        channel = choose(random, {"email": 0.46, "phone": 0.34, "branch": 0.2}, n)
        table = pl.DataFrame(
            {
                "client_id": 40_000_000 + random.permutation(n) * 7,
                "client_since": [date.fromordinal(CAMPAIGN.toordinal() - int(days))
                                 for days in np.minimum(random.gamma(2.2, 900, n), 12_000)],
                "age": age,
                "job": job,
                "marital_status": choose(random, {"married": 0.56, "single": 0.31, "divorced": 0.13}, n),
                "education": choose(random, {"primary": 0.15, "secondary": 0.52, "tertiary": 0.33}, n),
                "yearly_income_eur": np.round(income * 1000, -2).astype(np.int64),
                "balance_eur": np.round(balance, 2),
                "has_mortgage": random.random(n) < 0.44,
                "channel": channel,
                "offered_rate_pct": rate,
                "contacts_this_campaign": contacts,
                "email_opens_90d": opens,
                "web_visits_90d": visits,
                "previous_outcome": outcome,
            }
        )  # fmt: skip
        accepted = random.random(n) < chance(_margin(table))
        table = table.with_columns(pl.Series("accepted_offer", np.where(accepted, "yes", "no")))
        return table.with_columns(
            with_gaps(random, table["yearly_income_eur"], 0.14),
            with_gaps(random, table["education"], 0.05),
            with_gaps(random, table["email_opens_90d"], np.where(np.array(channel) == "branch", 0.3, 0.02)),
        )


def _margin(table: pl.DataFrame) -> FloatArray:
    """Log-odds of accepting: earlier yes, interest shown, money at hand; annoyed by many contacts."""
    earlier = {"accepted": 1.9, "declined": -0.45}
    reached = {"branch": 0.6, "phone": 0.35}
    age, balance, rate = (table[name].to_numpy() for name in ("age", "balance_eur", "offered_rate_pct"))
    margin = -4.12 + np.array([EAGERNESS.get(word, 0.0) for word in table["job"]])
    margin = margin + np.array([earlier.get(word, 0.0) for word in table["previous_outcome"]])
    margin = margin + np.array([reached.get(word, 0.0) for word in table["channel"]])
    margin = margin + 0.3 * np.minimum(table["email_opens_90d"].to_numpy(), 5)
    margin = margin + 0.28 * np.minimum(table["web_visits_90d"].to_numpy(), 6)
    margin = margin - 0.28 * (table["contacts_this_campaign"].to_numpy() - 1)
    margin = margin + 0.55 * (rate - 2.0) + 0.45 * np.tanh(balance / 4_000)
    # Young and old say yes more readily than the middle; the better rate works on those with money only.
    return np.asarray(margin + 0.0011 * (age - 45) ** 2 + 0.5 * (rate - 2.0) * (balance > 3_000), dtype=np.float64)
