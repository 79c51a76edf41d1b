"""Tests of the first contact without a server."""
