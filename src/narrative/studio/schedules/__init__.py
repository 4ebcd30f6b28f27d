"""What happens again and again by the clock: today, sources that are fetched again."""
