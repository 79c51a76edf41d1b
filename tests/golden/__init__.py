"""Rows and messages as each release wrote them, and the values that they must give in this one."""
