"""Questions about the table of a project, answered by computing facts."""
