"""HTTP triggers of notices: the webhooks that receive them, and the list of those that came."""
