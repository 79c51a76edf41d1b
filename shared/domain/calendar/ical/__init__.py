"""iCalendar files (RFC 5545): text in, intervals of time out, within limits. Fetches nothing."""
