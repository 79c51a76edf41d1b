"""Fleets out of what Azure printed: the REST API's JSON, recorded exchanges, and the flattened JSON of az."""
