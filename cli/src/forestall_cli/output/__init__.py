"""The answer of a command in each form: a table, JSON, CSV, or ids."""
