"""Health, jobs and live events."""
