"""The command `forestall`: asks a running app over HTTP, and gives it an operator's commands. Reads no state by itself.

It is installed alone, so it imports nothing of the app. `answers` has the parts of the app's answers that it needs.
"""

__version__ = "0.1.0"
