"""Tests of the register of what is unconfirmed."""
