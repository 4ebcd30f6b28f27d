"""The reference of steps says what the program does today."""

from __future__ import annotations

from pathlib import Path

from narrative.engine.step_specs import ALIASES, StepSpec, step_types
from narrative.entrypoints.step_reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "steps.md"


def test_the_page_is_up_to_date() -> None:
    again = "run: python -m narrative.entrypoints.step_reference > docs/reference/steps.md"
    assert PAGE.read_text(encoding="utf-8") == reference(), again


def test_the_page_has_every_step_with_every_parameter() -> None:
    page = reference()
    for name, step in step_types().items():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert [f"| `{parameter}` |" in section for parameter in step.Params.model_fields].count(False) == 0


def test_older_names_lead_to_steps_that_are_there() -> None:
    assert {name for name, _ in ALIASES.values()} <= set(step_types())
    assert not set(ALIASES) & set(step_types())
    assert StepSpec(type="filter").type in ALIASES
