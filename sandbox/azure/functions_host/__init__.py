"""A stand-in for the Azure Functions host.

Runs a Python app directory on Microsoft's own Python runtime.

It is not Azure Functions Core Tools, is never deployed and is never imported by the app.
"""
