"""What Microsoft's tests import from the tooling of their own repository, under the names they know.

Put on the path of a test run, and imported by nothing else.
"""
