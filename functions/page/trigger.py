"""The HTTP trigger of the page. It needs no key, because the page has no data."""

import azure.functions as func

from functions.conditional import matches
from functions.page.document import page_document

blueprint = func.Blueprint()


@blueprint.route(route="v1/ui", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
async def page(req: func.HttpRequest) -> func.HttpResponse:
    """The page for people."""
    document = page_document()
    headers = {
        "Content-Security-Policy": document.policy,
        "ETag": document.etag,
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    if matches(req, document.etag):
        return func.HttpResponse(status_code=304, headers=headers)
    body = b"" if req.method == "HEAD" else document.html
    return func.HttpResponse(body, headers=headers, mimetype="text/html", charset="utf-8")
