"""The command `forestall`: asks a running app over HTTP, and gives it an operator's commands.

It is installed alone, so it imports nothing of the app. `answers` has what it reads of the app's
answers.
"""

__version__ = "0.2.0"
