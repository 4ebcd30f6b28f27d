"""Ensembles people put together from a run, and runs compared with each other."""
