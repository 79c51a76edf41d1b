"""Tests of what happens to a message that is delivered."""
