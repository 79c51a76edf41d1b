"""The job of one machine in one wave: its states, the locks it needs, and when its wave is over."""
