"""The recipe of a project: steps people chose, which training runs before its automatic preparation."""
