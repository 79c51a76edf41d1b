"""The bill of materials of the package: which packages are in it, in the form of CycloneDX 1.6.

It is read from the zip itself, so that it lists what is there and not what a lock file allows. The
same zip gives the same bytes: it has no time and no random number.

Sample of one component::

    {"type": "library", "bom-ref": "pkg:pypi/aiohttp@3.14.0", "name": "aiohttp",
     "version": "3.14.0", "purl": "pkg:pypi/aiohttp@3.14.0",
     "licenses": [{"expression": "Apache-2.0"}]}
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

_METADATA = re.compile(r".+\.dist-info/METADATA")
_ENDING = ".cdx.json"


def write(package: Path, *, version: str) -> Path:
    """Write the bill beside the package, `forestall.cdx.json` for `forestall.zip`; returns it."""
    bill = package.with_suffix(_ENDING)
    text = json.dumps(bill_of(package, version=version), indent=1, sort_keys=True)
    bill.write_text(text + "\n", encoding="utf-8")
    return bill


def bill_of(package: Path, *, version: str) -> dict[str, Any]:
    """The bill of a package as a value."""
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    with zipfile.ZipFile(package) as content:
        components = sorted(_components(content), key=lambda each: str(each["bom-ref"]))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'sha256:{digest}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "forestall",
                "name": "forestall",
                "version": version,
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
        },
        "components": components,
        "dependencies": [
            {"ref": "forestall", "dependsOn": [each["bom-ref"] for each in components]}
        ],
    }


def _components(content: zipfile.ZipFile) -> Iterator[dict[str, Any]]:
    for name in content.namelist():
        if not _METADATA.fullmatch(name):
            continue
        headers = BytesHeaderParser().parsebytes(content.read(name))
        package, version = str(headers["Name"]), str(headers["Version"])
        # A package's name in a URL is in lower case, with dashes (purl-spec, type pypi).
        purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', package).lower()}@{version}"
        licence = headers["License-Expression"]
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": package,
            "version": version,
            "purl": purl,
            **({"licenses": [{"expression": str(licence)}]} if licence else {}),
        }
