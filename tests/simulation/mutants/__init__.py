"""Bugs put into the app on purpose, one at a time. A bug that survives shows what is not tested.

`catalogue` names the bugs and `patches` puts them in. `hunt` plays each in a copy of the tree;
`results.json` holds the last mutation run, and `table` prints it.
"""
