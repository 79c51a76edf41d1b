"""The page for people: what is served, and what a real Chromium makes of it."""
