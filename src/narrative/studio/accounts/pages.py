"""The one page the server itself writes: a sign-in link that does not work any more."""

from __future__ import annotations

from typing import Final

from starlette.responses import HTMLResponse

_PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>This link was used already · Narrative</title>
<style>
:root { color-scheme: light dark; --canvas: #f6f5f1; --ink: #1c1e21; --ink-2: #4d5259; --surface: #fff;
        --line: #e4e2da }
@media (prefers-color-scheme: dark) {
  :root { --canvas: #121417; --ink: #eceef0; --ink-2: #b9bfc7; --surface: #1b1e22; --line: #2e3339 }
}
body { margin: 0; background: var(--canvas); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 34rem; margin: 12vh auto; padding: 2rem; background: var(--surface); border: 1px solid var(--line);
       border-radius: 10px }
h1 { font: 500 1.7rem/1.25 Georgia, serif; margin: 0 0 .75rem }
p { color: var(--ink-2) } code { font-size: .95em; color: var(--ink) }
</style></head>
<body><main>
<h1>This sign-in link no longer works</h1>
<p>A link signs in once and for a limited time, so that nobody can use it after you.</p>
<p>To get a new one, run <code>narrative up</code> again in the terminal with the same data folder: it prints a fresh
link. If you are signed in elsewhere, the account menu there makes a link for this browser.</p>
</main></body></html>
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


def used_link_page() -> HTMLResponse:
    """401 in plain words."""
    return HTMLResponse(_PAGE, 401, {"Content-Security-Policy": _POLICY})
