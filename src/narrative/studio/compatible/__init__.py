"""Addresses of the contract for what other slices do: one dataset instead of one project in the path."""
