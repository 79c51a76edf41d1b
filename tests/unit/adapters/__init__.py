"""The adapters one by one.

What they make of Azure's responses, and what they do without a response.
"""
