"""The leak detective: what may flatter a score is found cheaply, then proven or cleared by comparing models."""
