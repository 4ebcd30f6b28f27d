"""Datasets: uploaded files, their immutable versions and profiles."""
