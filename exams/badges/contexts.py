"""The JSON-LD contexts a badge names, from a package and never from the network.

What a signature covers depends on these documents, so each is known by its SHA-256, and another edition is
refused rather than used. The first digest is the one that the W3C prints in the data model (appendix B.1).
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

from exams.badges.documents import BADGE_CONTEXT, VC_CONTEXT

FILES = {
    VC_CONTEXT: ("credentials-v2.json", "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"),
    BADGE_CONTEXT: (
        "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    ),
}


@functools.cache
def load_context(url: str) -> dict[str, Any]:
    """Return the context with this address. Raises ValueError for any other than a badge's own two."""
    if url not in FILES:
        raise ValueError(f"it uses the vocabulary {url!r}, which no badge of ours does")
    name, digest = FILES[url]
    # Found, not imported: only the documents are wanted.
    package = importlib.util.find_spec("openbadgeslib")
    assert package is not None
    assert package.origin is not None
    content = (Path(package.origin).parent / "ob3" / "contexts" / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise RuntimeError(f"{name} of openbadgeslib is not the edition that badges are signed with")
    document: dict[str, Any] = json.loads(content)
    return document


def load_document(url: str, _options: object = None) -> dict[str, Any]:
    """Return a context in the shape in which PyLD wants it."""
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": load_context(url),
    }
