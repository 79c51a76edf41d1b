"""What a person sees while a rehearsal runs: a calm screen, or plain lines.

It decides and measures nothing.
"""
