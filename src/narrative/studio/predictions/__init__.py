"""Predictions: one row or a file, always through the bundle."""
