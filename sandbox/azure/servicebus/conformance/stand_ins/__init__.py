"""What Microsoft's tests import from the tooling of their repository, under its names.

Put on the path of a test run, and imported by nothing else.
"""
