"""The next values of a series from its past, with intervals that hold as often as they say."""

from narrative.engine.forecasting.forecast import find_forecast
from narrative.engine.forecasting.types import ForecastResult

__all__ = ["ForecastResult", "find_forecast"]
