"""Tests of the other machines of a placement, looked at before a call."""
