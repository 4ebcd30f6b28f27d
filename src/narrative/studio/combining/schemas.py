"""Wire shapes of combinations."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from narrative.engine.tables.combine import AppendPlan, JoinPlan
from narrative.studio.schemas import Job, RequestBody

How = Literal["append", "left", "inner"]


class KeyPair(RequestBody):
    """A column of each table that means the same."""

    first: str = Field(max_length=1_000)
    second: str = Field(max_length=1_000)


class CombineRequest(RequestBody):
    """A second dataset for the first: its rows below (``append``), or its columns beside by a key."""

    dataset_id: str = Field(max_length=60, description="The second dataset.")
    how: How = Field(description="`left` keeps every row of the first table, `inner` those that find a partner.")
    keys: list[KeyPair] | None = Field(
        default=None, min_length=1, max_length=10, description="For joins; null takes the best suggestion."
    )


class CombinePlan(BaseModel):
    """What a combination would give, lose and double. One of the two plans is there once the job is done."""

    job: Job
    append: AppendPlan | None
    join: JoinPlan | None
