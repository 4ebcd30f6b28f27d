"""Every fact has a formula here; one file per group. Importing this package registers them all."""

from __future__ import annotations

import importlib
import pkgutil

from narrative.engine.story.formulas.base import REGISTRY, Formula, compute_value

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["REGISTRY", "Formula", "compute_value"]
