"""How the app reaches Azure: addresses, identity, subscriptions, and its share of the quota."""
