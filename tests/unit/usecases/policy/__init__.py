"""Tests of the policy with groups, in the whole engine."""
