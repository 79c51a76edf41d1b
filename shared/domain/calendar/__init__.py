"""When work is allowed: windows and blackouts, from rules, holidays and iCalendar files."""
