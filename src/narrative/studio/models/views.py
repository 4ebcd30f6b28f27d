"""Models in their wire form."""

from __future__ import annotations

import json
from typing import Any

from narrative.studio.models.entities import Model, ModelVersion
from narrative.studio.models.schemas import Model as ModelView
from narrative.studio.models.schemas import ModelVersion as VersionView


def model_view(model: Model, versions: list[ModelVersion]) -> ModelView:
    """A model with its versions."""
    return ModelView(
        id=model.id,
        project_id=model.project_id,
        name=model.name,
        versions=[version_view(version) for version in versions],
        live_version_id=model.live_version_id,
        created_at=model.created_at,
    )


def version_view(version: ModelVersion) -> VersionView:
    """A version without its internals."""
    return VersionView(**version.model_dump(include=set(VersionView.model_fields)))


def detail_json(version: ModelVersion, detail: dict[str, Any]) -> bytes:
    """A version with all that its pages show. The detail was validated when it was stored; it is only passed on.

    Pages draw their charts themselves; the drawn ones are for reports.
    """
    shown = version_view(version).model_dump(mode="json")
    told = {name: value for name, value in detail.items() if name != "pictures"}
    return json.dumps(
        {"charts": []} | told | shown, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()
