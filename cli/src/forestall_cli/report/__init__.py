"""The report of a wave: its facts, and the facts as text, HTML, CSV and JSON."""
