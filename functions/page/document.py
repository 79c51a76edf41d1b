"""The page as one document: its parts put together, and the policy that allows them alone.

There is no build step. `assets/` has plain files, and this module puts them into `page.html`.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_ASSETS = Path(__file__).parent / "assets"
_STYLE = "style.css"
_MORE_VIEWS = ("plan.js", "health.js")
#: in the order in which they run
_SCRIPTS = ("text.js", "requests.js", "picture.js", "views.js", *_MORE_VIEWS, "acts.js", "start.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The page as it is served."""

    html: bytes
    #: the value of Content-Security-Policy
    policy: str
    etag: str


@lru_cache(maxsize=1)
def page_document() -> Document:
    """The document, made once in a process. The policy allows its script and its style alone."""
    style = _read(_STYLE)
    script = "\n".join(_read(each) for each in _SCRIPTS)
    html = _read("page.html").replace("/*STYLE*/", style).replace("/*SCRIPT*/", script).encode()
    policy = "; ".join(
        (
            "default-src 'none'",
            "connect-src 'self'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
    return Document(html=html, policy=policy, etag=f'"{hashlib.sha256(html).hexdigest()[:16]}"')


def _read(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
