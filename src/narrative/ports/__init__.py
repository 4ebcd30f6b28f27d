"""What we need from outside, as Protocols."""
