"""The suite of the port HealthChecks: in memory, and over HTTP."""
