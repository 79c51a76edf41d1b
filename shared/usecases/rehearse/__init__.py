"""The rehearsal of a deployment: each hop once, without a machine. Only in observe mode."""
