"""The product around the engine: one folder per product noun."""
