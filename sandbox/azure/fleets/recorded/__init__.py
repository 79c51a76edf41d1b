"""Fleets out of what Azure printed.

The REST API's JSON, recorded exchanges, and the flattened JSON of az.
"""
