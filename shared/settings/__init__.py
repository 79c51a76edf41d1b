"""The settings of the app: read from the environment and checked, with all problems reported."""
