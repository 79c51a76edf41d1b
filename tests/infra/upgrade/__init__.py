"""What an upgrade of the templates changes in a deployment, and what a rollback changes back.

`releases` has main.bicep of each release as compiled. Add one with each release.
"""
