"""Prints the reference of all steps: ``python -m narrative.entrypoints.step_reference``. Needs no data."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from narrative.engine.step_specs import ALIASES, step_types
from narrative.engine.steps.base import Step

_HEAD: Final = """# Steps

What a recipe can do to a table, one step after the other. This page is written by
`python -m narrative.entrypoints.step_reference`; a test fails when it is out of date.

A step learns from the training rows only, and is then applied to any rows in the same way: in the preview, in each fold
of cross-validation, when predicting. Steps that leave rows out do so among training rows; a row to predict never
disappears. A parameter without a default must be given.
"""
_BOUNDS: Final = {
    "minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "less than",
    "minLength": "characters: at least", "maxLength": "characters: at most",
    "minItems": "items: at least", "maxItems": "items: at most", "minProperties": "items: at least",
}  # fmt: skip


def reference() -> str:
    """The page as Markdown; the same program gives the same text."""
    older = [f"| `{name}` | `{step}`{_preset(preset)} |" for name, (step, preset) in sorted(ALIASES.items())]
    aliases = "\n".join(["## Older names", "", "| Name | Means |", "|---|---|", *older])
    return "\n".join([_HEAD, *(_section(step) for step in step_types().values()), aliases, ""])


def _preset(preset: Mapping[str, Any]) -> str:
    return "".join(f" with {name} = {json.dumps(value)}" for name, value in preset.items())


def _section(step: type[Step[Any]]) -> str:
    schema = step.Params.model_json_schema()
    kinds = ", ".join(sorted(step.kinds)) or "any column"
    lines = [
        f"## {step.name}",
        "",
        f"**{step.title}.** {step.sentence}",
        "",
        f"Works on: {kinds}. " + ("Leaves out training rows. " if step.drops_rows else "") + f"Undo: {step.inverse}",
        "",
        "| Parameter | Values | Default | What it means |",
        "|---|---|---|---|",
    ]
    required, known = schema.get("required", []), schema.get("$defs", {})
    for name, field in schema["properties"].items():
        default = "" if name in required else f"`{json.dumps(field.get('default'), ensure_ascii=False)}`"
        lines.append(f"| `{name}` | {_values(field, known)} | {default} | {_cell(field['description'])} |")
    for name, item in known.items():
        parts = "; ".join(
            f"`{part}` ({_values(field, known)}): {_cell(field['description'])}"
            for part, field in item.get("properties", {}).items()
        )
        lines += ["", f"A {name.lower()}: {parts}"]
    return "\n".join([*lines, ""])


def _values(field: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """What a parameter may be, with its bounds."""
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1].lower()
    if "enum" in field:
        return ", ".join(f"`{_cell(str(value))}`" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join("empty" if item.get("type") == "null" else _values(item, known) for item in field["anyOf"])
    kind = {"array": "list", "object": "names", "string": "text", "number": "number", "integer": "whole number"}.get(
        field.get("type", ""), str(field.get("type", "any"))
    )
    if kind == "list":
        kind = f"list of {_values(field.get('items', {}), known)}"
    bounds = [f"{word} {field[bound]:,}" for bound, word in _BOUNDS.items() if bound in field]
    return f"{kind} ({', '.join(bounds)})" if bounds else kind


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write the page to standard output."""
    sys.stdout.write(reference())
    return 0


if __name__ == "__main__":
    sys.exit(main())
