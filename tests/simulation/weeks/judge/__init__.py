"""The rules that hold over weeks, judged by what happened in the world, not by the tables."""
