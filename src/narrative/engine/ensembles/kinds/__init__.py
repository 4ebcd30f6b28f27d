"""Kinds of ensembles, one file each."""
