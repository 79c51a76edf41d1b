"""Commands that make a picture of several answers: status, waves, why, watch, doctor."""
