"""A request of somebody who signed in, as the operations get it."""

from collections.abc import Mapping
from typing import Any

import azure.functions as func


class SignedInRequest(func.HttpRequest):
    """The same request with the values of its route. `caller`: whom the platform proved."""

    def __init__(self, request: func.HttpRequest, route: Mapping[str, str], caller: str) -> None:
        more: dict[str, Any] = {
            "headers": dict(request.headers),
            "params": dict(request.params),
            "route_params": dict(route),
            "body": request.get_body(),
        }
        super().__init__(request.method, request.url, **more)
        self.caller = caller
