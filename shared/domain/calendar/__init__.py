"""When work is allowed.

Windows and blackouts on local clocks, from rules, holidays and iCalendar files. Fetches nothing.
"""
