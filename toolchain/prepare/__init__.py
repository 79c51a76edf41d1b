"""Brings a machine to the point where the repository's commands run: `python3 -m toolchain.prepare python azurite`.

It runs under whatever `python3` the machine has (3.9 or newer) before anything is installed, so it uses the standard
library only and syntax of 3.9. It starts nothing of what it installs.
"""
