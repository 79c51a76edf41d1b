"""The plan of fleet files under a policy, without Azure and without a deployed app."""
