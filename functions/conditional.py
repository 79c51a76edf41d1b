"""What a client says of the answer that it has, and of the encodings that it reads.

A GET has a tag of its body. The same tag gives 304 without a body. A large body is compressed,
because Linux plans do not compress. HEAD has the status and the headers of GET.
"""

import gzip
import hashlib
from http import HTTPStatus

import azure.functions as func

#: bytes of a body below which compression is not worth it
_SMALL = 1024
#: 1 is fast and 9 is small. 2 MB of jobs become 8 % of it at 4
_LEVEL = 4
_VARY = "Accept-Encoding"


def matches(request: func.HttpRequest, etag: str) -> bool:
    """Whether the caller has the answer with this tag. A weak tag counts as its strong one."""
    given = request.headers.get("If-None-Match", "")
    tags = {each.strip().removeprefix("W/") for each in given.split(",")}
    return request.method in ("GET", "HEAD") and ("*" in tags or etag.removeprefix("W/") in tags)


def finished(request: func.HttpRequest, response: func.HttpResponse) -> func.HttpResponse:
    """The answer as it is sent: with its tag, compressed, and without a body for HEAD."""
    if request.method not in ("GET", "HEAD"):
        return response
    if response.status_code == HTTPStatus.OK and "ETag" not in response.headers:
        response = _with_tag(request, response)
    if request.method == "HEAD":
        return _without_body(response)
    return response


def reads_gzip(header: str) -> bool:
    """Whether an `Accept-Encoding` allows gzip: named, or by `*`, and not with a weight of 0."""
    weights = {}
    for each in header.split(","):
        name, _, parameters = each.partition(";")
        weights[name.strip().lower()] = _weight(parameters)
    for name in ("gzip", "x-gzip", "*"):
        if name in weights:
            return weights[name] > 0
    return False


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _with_tag(request: func.HttpRequest, response: func.HttpResponse) -> func.HttpResponse:
    body = response.get_body()
    # Weak: the same answer is sent compressed and as it is.
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": _VARY}
    if matches(request, etag):
        return func.HttpResponse(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if len(body) >= _SMALL and reads_gzip(request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, _LEVEL, mtime=0)
    return func.HttpResponse(
        body,
        status_code=response.status_code,
        headers={**dict(response.headers.items()), **headers},
        mimetype=response.mimetype,
        charset=response.charset,
    )


def _without_body(response: func.HttpResponse) -> func.HttpResponse:
    return func.HttpResponse(
        b"",
        status_code=response.status_code,
        headers=dict(response.headers.items()),
        mimetype=response.mimetype,
        charset=response.charset,
    )
