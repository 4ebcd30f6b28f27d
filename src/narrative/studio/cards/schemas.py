"""Cards in their wire form."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class CardToCheck(BaseModel):
    """A card as it came: the JSON that was written."""

    model_config = ConfigDict(extra="forbid")
    card: dict[str, Any]


class CardChecked(BaseModel):
    """Whether a card is the one that was written for this version; else what speaks against it, a sentence each."""

    ok: bool
    differences: list[str] = Field(description="Empty when the card is as it was written and signed here.")
