"""The signature of a request by the account's key, for connection strings. Signs nothing else."""

import base64
import hashlib
import hmac
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy


class SharedKeyLite(SansIOHTTPPolicy[Any, Any]):
    r"""Signs date and path, as "Authorize with Shared Key" describes it for Table Storage.

    Sample of what is signed: ``Mon, 30 Nov 2026 19:00:00 GMT\n/account/$batch``
    """

    def __init__(self, credential: AzureNamedKeyCredential) -> None:
        self._credential = credential

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Each repetition has a date of its own: the service refuses one older than 15 minutes."""
        name, key = self._credential.named_key
        http = request.http_request
        date = formatdate(usegmt=True)
        text = f"{date}\n/{name}{urlsplit(http.url).path}"
        digest = hmac.digest(base64.b64decode(key), text.encode(), hashlib.sha256)
        http.headers["x-ms-date"] = date
        http.headers["Authorization"] = f"SharedKeyLite {name}:{base64.b64encode(digest).decode()}"
