"""Data checks (P7): rules a table must obey, proposed from its profile, enforced on each new version.

>>> import datetime as dt
>>> import polars as pl
>>> rule = CheckSpec(type="value_range", params={"column": "price", "low": 0.0})
>>> results = run_data_checks(pl.DataFrame({"price": [3.0, -1.0, None]}), [rule], today=dt.date(2026, 1, 1))
>>> results[0].sentence, results[0].message
('price is at least 0.', '1 of 3 rows breaks this rule.')
"""

from narrative.engine.expectations._run import (
    broken_rows,
    check_specs,
    expectations,
    propose_data_checks,
    resolved,
    run_data_checks,
)
from narrative.engine.expectations.base import CheckResult, CheckSpec, Expectation, FailingRow

__all__ = [
    "CheckResult",
    "CheckSpec",
    "Expectation",
    "FailingRow",
    "broken_rows",
    "check_specs",
    "expectations",
    "propose_data_checks",
    "resolved",
    "run_data_checks",
]
