"""The simulator over HTTP: one module per kind of resource, one gate in front of them all."""
