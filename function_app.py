"""Registers the blueprints; nothing else.

The Functions host imports this module to index the app.
"""

import azure.functions as func

from functions import notifications, recover, redeploy, scan
from functions.notices import email, events, record, service_health
from functions.operators import calendar, commands, plan, policies, read, rehearsal, targets
from functions.page import trigger as page
from functions.signed_in import trigger as signed_in

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for each in (
    scan,
    redeploy,
    recover,
    notifications,
    service_health,
    email,
    events,
    record,
    read,
    plan,
    policies,
    commands,
    targets,
    rehearsal,
    calendar,
    page,
    signed_in,
):
    app.register_functions(each.blueprint)
