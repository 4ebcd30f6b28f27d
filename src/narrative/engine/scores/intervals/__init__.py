"""How sure a score is: standard errors, intervals for fresh data, paired differences.

Two questions are kept apart. *Where is the true score?* needs the sampling error of the rows that were scored
(:func:`estimate_interval`). *Where will the score on fresh data land?* needs that error and, on top, the luck of the
fresh rows themselves (:func:`fresh_interval`); this is the interval a person is shown, because it is the promise that
can be checked.
"""

from __future__ import annotations

from narrative.engine.scores.intervals.fresh import estimate_interval, fresh_interval
from narrative.engine.scores.intervals.influence import influence, paired_difference, standard_error

__all__ = ["estimate_interval", "fresh_interval", "influence", "paired_difference", "standard_error"]
