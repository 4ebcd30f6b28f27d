"""Copyable calls of a deployment, with a typical row of its model. The key is a variable, never a value."""

from __future__ import annotations

import json
from typing import Any

from narrative.studio.deployments.schemas import CodeSamples


def code_samples(url: str, row: dict[str, Any]) -> CodeSamples:
    """Calls that work when pasted, for a shell, Python and JavaScript."""
    body = json.dumps({"data": [row]}, ensure_ascii=False, indent=2)
    # In a shell a single quote ends the text, so each one is written as '\''.
    quoted = body.replace("'", "'\\''")
    curl = (
        f"curl -X POST '{url}' \\\n"
        '  -H "X-API-Key: $NARRATIVE_API_KEY" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{quoted}'"
    )
    python = (
        "import json, os, urllib.request\n\n"
        f"body = json.dumps({_python({'data': [row]})}).encode()\n"
        "headers = {\n"
        '    "X-API-Key": os.environ["NARRATIVE_API_KEY"],\n'
        '    "Content-Type": "application/json",\n'
        "}\n"
        f'request = urllib.request.Request("{url}", body, headers)\n'
        "with urllib.request.urlopen(request) as response:\n"
        '    print(json.load(response)["predictions"])'
    )
    javascript = (
        f'const response = await fetch("{url}", {{\n'
        '  method: "POST",\n'
        '  headers: { "X-API-Key": process.env.NARRATIVE_API_KEY, "Content-Type": "application/json" },\n'
        f"  body: JSON.stringify({body}),\n"
        "});\n"
        "console.log((await response.json()).predictions);"
    )
    return CodeSamples(curl=curl, python=python, javascript=javascript)


def _python(value: Any) -> str:
    return repr(value)
