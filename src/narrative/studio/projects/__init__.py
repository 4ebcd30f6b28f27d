"""Projects: one piece of work through the eight stages, its state computed on the server."""
