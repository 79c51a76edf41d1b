"""Azure on a laptop: stand-ins for what surrounds the app.

Never deployed, never imported by the app.
"""
