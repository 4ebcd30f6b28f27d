"""Several files: rows below rows or columns beside columns, planned before it runs, as a new version."""
