"""What steps do to a table, for people: rows left out, cells changed, columns added, distributions before and after."""

from narrative.engine.effects.effect import Effect, effect_of
from narrative.engine.effects.types import ColumnChange, Distribution, Loss

__all__ = ["ColumnChange", "Distribution", "Effect", "Loss", "effect_of"]
