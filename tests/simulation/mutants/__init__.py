"""Bugs put into the app on purpose, one at a time: whatever none of them is caught by, the tests do not show.

`catalogue` names them, `hunt` plays each in a copy of the tree, `results.json` holds the last hunt, `table` prints it.
"""
