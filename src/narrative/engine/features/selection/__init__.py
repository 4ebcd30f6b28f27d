"""Which columns to keep: every method side by side, and one decision."""
