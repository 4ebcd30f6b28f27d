"""A recipe as a program of its own, for people who want to run it without the studio."""

from __future__ import annotations

from narrative.engine.export.recipe_script import ScriptTable, recipe_script

__all__ = ["ScriptTable", "recipe_script"]
