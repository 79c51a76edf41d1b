"""Tests of the Functions host stand-in on the real runtime, in processes of their own.

One app per process.
"""
