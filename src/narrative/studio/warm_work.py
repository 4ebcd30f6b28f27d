"""What a warm child has loaded before the first call."""

import polars  # noqa: F401

from narrative.core.plugins import discover
from narrative.engine import effects  # noqa: F401
from narrative.engine.steps.base import Step

discover("narrative.engine.steps", Step)
