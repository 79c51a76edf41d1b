"""Registers the blueprints; nothing else. The Functions host imports this module to index the app."""

import azure.functions as func

from functions import (
    control,
    notices_email,
    notices_events,
    notices_record,
    notices_service_health,
    notify,
    operations,
    recover,
    redeploy,
    scan,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for each in (
    scan,
    redeploy,
    recover,
    notify,
    notices_service_health,
    notices_email,
    notices_events,
    notices_record,
    operations,
    control,
):
    app.register_functions(each.blueprint)
