"""The OpenAPI document of the app's HTTP functions.

Paths from the functions themselves, forms from the tables here.

Nothing at run time imports it. `python -m toolchain.generate.openapi` writes docs/openapi.json, and
a test compares.
"""
