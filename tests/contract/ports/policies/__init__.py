"""The port Policies, over memory and files."""
