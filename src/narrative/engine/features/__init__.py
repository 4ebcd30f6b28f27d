"""Stage 4: ideas for new columns with a measured gain, which columns to keep, and the search for leaks."""
