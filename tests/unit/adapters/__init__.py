"""The adapters one by one.

What they make of Azure's answers, and what they do when nothing answers.
"""
