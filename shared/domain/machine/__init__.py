"""What Azure says about a machine: id, state, maintenance, placement, and responses to calls."""
