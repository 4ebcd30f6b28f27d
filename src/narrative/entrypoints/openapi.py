"""Prints the OpenAPI document: ``python -m narrative.entrypoints.openapi``. Needs no server and no data."""

from __future__ import annotations

import json
import sys

from narrative.bootstrap import slice_routers
from narrative.http.app import routes_only
from narrative.http.openapi import openapi_document


def main() -> int:
    """Deterministic: the same program prints the same bytes."""
    document = openapi_document(routes_only(slice_routers()))
    sys.stdout.write(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
