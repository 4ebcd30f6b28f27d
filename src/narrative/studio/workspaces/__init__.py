"""Workspaces: the boundary of access."""
