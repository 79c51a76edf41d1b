"""Owners, operators and Azure change a machine after its job was planned."""
