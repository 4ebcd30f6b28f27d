"""Recipes kept for the workspace: versioned, shared, applied to other tables, written to files and read from them."""
