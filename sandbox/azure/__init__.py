"""Azure on a laptop, for tests of any Azure app. It imports nothing of Forestall."""
