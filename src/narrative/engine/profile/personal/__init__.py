"""Personal data (L9): found by pattern, check digits, column name and values together, never by a name alone."""

from narrative.engine.profile.personal.detect import TITLES, Category, Personal, find_personal

__all__ = ["TITLES", "Category", "Personal", "find_personal"]
