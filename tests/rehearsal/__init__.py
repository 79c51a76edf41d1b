"""`forestall rehearse` against the sandbox: the app in a process of its own, and each hop broken.

The targets of messages are the one hop that no local server can play: the app posts to no address
of this machine. test_command.py has it with an app that is played.
"""
