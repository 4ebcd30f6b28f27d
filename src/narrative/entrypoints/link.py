"""Prints a fresh one-time sign-in link of a data folder: ``python -m narrative.entrypoints.link``."""

from __future__ import annotations

import argparse
import sys

from narrative.bootstrap import build
from narrative.core.errors import NarrativeError
from narrative.entrypoints.failures import exit_code
from narrative.entrypoints.processes import configured, say
from narrative.studio.accounts.service import AccountService


def main(arguments: list[str] | None = None) -> int:
    """The path of the link on stdout. Whoever may read the data folder may sign in."""
    parser = argparse.ArgumentParser(prog="narrative.entrypoints.link")
    parser.add_argument("--options", default="{}", help="settings that override the environment, as JSON")
    given = parser.parse_args(arguments)
    try:
        parts = build(configured(given.options))
        link = parts.services.of(AccountService).owner_link()
        parts.close()
    except NarrativeError as error:
        say(error)
        return exit_code(error)
    sys.stdout.write(link.address + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
