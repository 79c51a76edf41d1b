"""Situations to try Forestall in: each is a fleet, a policy, and how to tell that it is there."""
