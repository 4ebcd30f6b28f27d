"""One chart per file: a picture, a proven headline, a caption and a table of the same numbers."""
