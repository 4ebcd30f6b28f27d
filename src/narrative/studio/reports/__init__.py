"""The report of a project: its stories, charts and lineage, gathered from every slice and written by the engine."""
