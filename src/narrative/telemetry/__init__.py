"""Logs as events: what happened, with fields, never with data or secrets."""
