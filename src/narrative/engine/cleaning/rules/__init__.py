"""Rules of auto-clean, by what they look at. A rule names a fault only where nothing speaks against it."""
