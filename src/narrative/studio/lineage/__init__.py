"""Lineage: from the raw file through steps to versions, models and deployments; and the way back, by rebuilding."""
