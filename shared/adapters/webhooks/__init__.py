"""How a caller of a webhook authenticates: shared secrets and tokens of Entra."""
