"""The demo: plays one wave over a fleet on this machine, shows it, audits it and writes a report.

It never imports the app. It starts it as a process, talks to it over HTTP, and judges it by the
simulator's event log.
"""
