"""`rehearse`: every hop of a deployment once, without a machine."""
