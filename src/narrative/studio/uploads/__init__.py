"""Uploads in chunks that survive lost connections, closed tabs and killed servers."""
