"""A mail assessed: who proved to have sent it, and what it says.

If nothing proves the sender, only the subject is read.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.notices.decoding import decodes
from shared.domain.notices.mail.message import Mail
from shared.domain.notices.mail.reading import read_maintenance_mail
from shared.domain.notices.mail.sender_authentication import authenticate_sender
from shared.domain.notices.notice import Authentication, Notice, Source
from shared.domain.notices.untrusted_json import as_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The notice in a mail, and what proves its sender; or, as a sentence, why nothing does."""

    notice: Notice
    sender: Authentication | str


@decodes("the mail")
def assess(mail: Mail, allowed: Iterable[str]) -> Assessment:
    """Judge the sender first: the text of an unproved mail costs no work.

    `allowed` as in `authenticate_sender`.
    """
    sender = authenticate_sender(mail, allowed)
    if isinstance(sender, str):
        bare = Notice(
            source=Source.EMAIL,
            communication_id=as_text(mail.message_id),
            title=as_text(mail.subject),
        )
        return Assessment(notice=bare, sender=sender)
    return Assessment(notice=read_maintenance_mail(mail), sender=sender)
