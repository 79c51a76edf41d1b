"""The policy: limits, change windows, error budgets and the mode, and how its text is read."""
