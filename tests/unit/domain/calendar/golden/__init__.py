"""Golden tables of calendars."""
