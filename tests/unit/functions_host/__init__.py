"""Unit tests of the Functions host stand-in: no runtime, no network."""
