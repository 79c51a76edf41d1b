"""Brings what the repository's commands need: `python3 -m toolchain.prepare python azurite`.

It runs under any `python3` (3.9 or newer) before anything is installed, so it uses the standard
library only and the syntax of 3.9. What uv and npm can do is left to them. It starts nothing of
what it installs.
"""
