"""Wire shapes of explorations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from narrative.engine.exploration.types import GroupsResult, UnusualResult
from narrative.engine.forecasting.types import ForecastResult
from narrative.studio.schemas import Job, RequestBody

Column = Annotated[str, Field(min_length=1, max_length=1_000)]


class GroupsRequest(RequestBody):
    """How to look for groups."""

    kind: Literal["groups"]
    number: int | None = Field(default=None, ge=2, le=20, description="Null: found from the table.")


class UnusualRequest(RequestBody):
    """How to look for unusual rows."""

    kind: Literal["unusual"]
    alarm_rate: float = Field(default=0.01, gt=0, le=0.5, description="Share of a clean table that is listed.")


class ForecastRequest(RequestBody):
    """What to forecast."""

    kind: Literal["forecast"]
    target: Column
    time: Column
    horizon: int = Field(ge=1, le=366, description="Periods ahead.")
    series: Column | None = None
    combine: Literal["sum", "mean"] | None = Field(
        default=None, description="How rows of one time become one value; null: there is only one."
    )
    budget: float = Field(default=60.0, ge=5, le=600, description="Seconds.")


ExplorationRequest = Annotated[GroupsRequest | UnusualRequest | ForecastRequest, Field(discriminator="kind")]


class ForecastSuggestion(BaseModel):
    """Columns of this table that a forecast could take."""

    targets: list[str]
    times: list[str]
    series: list[str]


class ExplorationView(BaseModel):
    """The newest exploration of one kind; the result is that of the newest one that ended well."""

    kind: Literal["groups", "unusual", "forecast"]
    job: Job | None = Field(description="Null: it was never looked for.")
    settings: dict[str, Any] = Field(description="Of the result, or of the job while there is none.")
    is_current: bool = Field(description="Whether the result is about the present version.")
    columns: ForecastSuggestion
    groups: GroupsResult | None = None
    unusual: UnusualResult | None = None
    forecast: ForecastResult | None = None
