"""Measures the prose of this repository: length of sentences, listed words, length of lines.

`python -m toolchain.prose` is part of `make check`. docs/prose.md describes the rules.
"""
