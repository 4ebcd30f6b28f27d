"""Models: numbered, immutable versions with their bundle, evaluation and report."""
