"""Ideas for new columns: one file for each kind, and the search that measures what they gain."""
