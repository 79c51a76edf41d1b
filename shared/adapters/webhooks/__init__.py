"""How a caller of a webhook proves who it is: shared secrets and tokens of Entra."""
