"""Experiments: training searches with live progress."""
