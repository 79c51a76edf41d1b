"""First contact, against the simulator of Resource Manager and under odd settings."""
