"""HTTP trigger of mails about maintenance, one path for each inbound-mail service."""

import azure.functions as func

from functions.http import with_sender_error_responses
from functions.notices.webhook import (
    handshake_response,
    read_or_refuse,
    receipts_response,
    refusal_response,
    webhook_request,
)
from shared.bootstrap import get_app, get_inbox
from shared.domain.notices.http import Handshake, Refusal
from shared.usecases.clocks.keep import keep_ticking
from shared.usecases.notices.receive_mail import receive_mail

blueprint = func.Blueprint()

#: with attachments, which nobody opens; the largest mail that the services take has about 35 MB as
#: base64
MAX_MAIL = 40 * 1024 * 1024


@blueprint.route(route="notices/email/{provider}", methods=["POST"])
@with_sender_error_responses
async def email_notice(req: func.HttpRequest) -> func.HttpResponse:
    """Take what a mail service delivers.

    200 once it is on record, as some of them try again on any other answer.
    """
    provider = req.route_params["provider"].lower()
    received = await read_or_refuse(
        receive_mail(await get_inbox(), provider, webhook_request(req, MAX_MAIL))
    )
    if isinstance(received, Refusal):
        return refusal_response(f"email/{provider[:40]}", received)
    if isinstance(received, Handshake):
        return handshake_response(f"email/{provider}", received)
    await keep_ticking(await get_app())
    return receipts_response(received, 200)
