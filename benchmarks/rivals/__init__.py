"""Training against the rivals at equal budgets: the same rows, the same two cores, clock and memory from outside."""
