"""What a warm child computes for auto-clean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from narrative.engine.cleaning import clean_proposals
from narrative.engine.effects.fitting import fit_frame
from narrative.engine.tables.stored import StoredTable


def propose(payload: dict[str, Any]) -> dict[str, Any]:
    """Repairs that a stored table needs without doubt.

    Args:
        payload: ``path`` (Parquet), ``target`` or None.
    """
    frame = fit_frame(StoredTable(Path(payload["path"])))
    return {"items": [item.model_dump(mode="json") for item in clean_proposals(frame, target=payload["target"])]}
