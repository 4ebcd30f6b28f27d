"""What steps do to a table, for people: rows left out, cells changed, columns added, distributions before and after."""

from narrative.engine.effects.carrying import CarriedOut, carry_out
from narrative.engine.effects.effect import Effect, effect_of
from narrative.engine.effects.types import ColumnChange, Distribution, Loss

__all__ = ["CarriedOut", "ColumnChange", "Distribution", "Effect", "Loss", "carry_out", "effect_of"]
