"""Stage 4 of a project: ideas, selection, the search for leaks, and definitions of features that are used again."""
