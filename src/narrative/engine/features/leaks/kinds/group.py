"""Several rows of one owner on both sides of the split."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from narrative.engine.features.leaks.base import Detector
from narrative.engine.features.leaks.kinds._blocked import blocked_suspect, random_against_blocked
from narrative.engine.features.leaks.scene import Scene
from narrative.engine.features.leaks.types import LeakKind, Suspect
from narrative.engine.profile.association import category_codes
from narrative.engine.profile.kinds import names_an_identifier
from narrative.engine.profile.types import ColumnProfile
from narrative.engine.types import IntArray

LEAST_GROUPS: Final = 20
ROWS_PER_GROUP: Final = (1.3, 50.0)


class Group(Detector):
    """Rows of one customer, patient or machine: the model knows the owner and not what makes owners differ."""

    name: ClassVar[LeakKind] = "group"
    title: ClassVar[str] = "rows of one owner on both sides of the split"

    def suspects(self, scene: Scene) -> list[Suspect]:
        return [self._suspect(scene, column) for column in scene.columns if makes_groups(column)]

    def _suspect(self, scene: Scene, column: ColumnProfile) -> Suspect:
        groups = category_codes(scene.frame[column.name])
        seen = scene.without([column.name]).adding(f"{column.name} as a number", groups.astype(np.float64))
        found = random_against_blocked(seen, groups, deep=True, clusters=groups)
        per_group = column.count / max(column.distinct, 1)
        return blocked_suspect(
            scene,
            self.name,
            [column.name],
            headline=f"Each value of '{column.name}' stands for {per_group:.1f} rows on average",
            reason="A random split puts rows of one owner on both sides, and the model may know the owner again.",
            what=f"rows of one '{column.name}' on both sides",
            sentence=f"Random folds against folds that keep every '{column.name}' on one side.",
            proof_name="group_blocked",
            found=found,
            facts={"groups": column.distinct, "rows_per_group": per_group},
            steps=[],
            advice=f"Judge the model by folds that keep every '{column.name}' on one side, or keep one row of each.",
        )


def makes_groups(column: ColumnProfile) -> bool:
    """A key by its name whose values come back."""
    if column.kind not in {"integer", "category", "identifier", "text"} or column.distinct < LEAST_GROUPS:
        return False
    low, high = ROWS_PER_GROUP
    return low <= column.count / column.distinct <= high and names_an_identifier(column.name)


def owner_groups(scene: Scene) -> IntArray | None:
    """Codes of the first column that names owners, or None."""
    name = next((column.name for column in scene.columns if makes_groups(column)), None)
    return None if name is None else category_codes(scene.frame[name])
