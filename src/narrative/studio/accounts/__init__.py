"""One-time links, sessions and API keys: who may come in."""
