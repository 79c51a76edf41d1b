"""The six mail services, one per module: each authenticates its calls and reads its mails."""
