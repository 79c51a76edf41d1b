"""Recovery: continue what a crash, a lost message or a dead letter left behind."""
