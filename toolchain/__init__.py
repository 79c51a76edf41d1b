"""Brings a machine to the point where the repository's commands run, and keeps the locks.

It runs under whatever `python3` the machine has (3.9 or newer) before anything is installed, so it uses the
standard library only and syntax of 3.9. It is no part of the app and is never deployed.
"""
