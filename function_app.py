"""Registers the blueprints; nothing else. The Functions host imports this module to index the app."""

import azure.functions as func

from functions import notices, notify, operations, recover, redeploy, scan

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for each in (scan, redeploy, recover, notify, notices, operations):
    app.register_functions(each.blueprint)
