"""Versions of datasets: what each was made of, pinned, restored, compared."""
