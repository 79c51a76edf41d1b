"""HTTP trigger of mails about maintenance, one path for each inbound-mail service."""

import azure.functions as func

from functions.http import answered_to_sender
from functions.notices.webhook import call_of, readable, refused, shaken, taken
from shared.bootstrap import inbox
from shared.domain.notices.http import Handshake, Refusal
from shared.usecases.notices.receive_mail import receive_mail

blueprint = func.Blueprint()

#: with attachments, which nobody opens; the largest mail that the services take has about 35 MB as base64
MAX_MAIL = 40 * 1024 * 1024


@blueprint.route(route="notices/email/{provider}", methods=["POST"])
@answered_to_sender
async def email_notice(req: func.HttpRequest) -> func.HttpResponse:
    """Take what a mail service delivers: 200 once it is on record, as some of them try again on any other answer."""
    provider = req.route_params["provider"].lower()
    received = await readable(receive_mail(await inbox(), provider, call_of(req, MAX_MAIL)))
    if isinstance(received, Refusal):
        return refused(f"email/{provider[:40]}", received)
    if isinstance(received, Handshake):
        return shaken(f"email/{provider}", received)
    return taken(received, 200)
