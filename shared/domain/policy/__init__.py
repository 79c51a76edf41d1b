"""The policy: limits, change windows and error budgets, the mode, and how the policy's text is read."""
