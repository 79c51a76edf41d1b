"""The resources that the simulator serves: one module per kind."""
