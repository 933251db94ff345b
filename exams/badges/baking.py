"""A badge packed into a picture that carries the signed token (Open Badges 3.0, 5.3 Baked Badge)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
TAG = f"{{{NAMESPACE}}}credential"

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"openbadgecredential"

WIDTH = 420
FONT = "'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif"


def bake_svg(*, title: str, subtitle: str, number: str, token: str) -> str:
    """Return a badge's picture with the token in it. The texts may be anything: they are written as text."""
    label = f"{title}, {number}"
    # A long name is written smaller; a Chinese character is as wide as it is high.
    width = sum(1.0 if character > "\u2e80" else 0.6 for character in title)
    size = min(34, int(WIDTH / max(width, 1)))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480" role="img" '
        f"aria-label={quoteattr(label)}>"
        f"<title>{escape(label)}</title>"
        '<rect width="480" height="480" rx="56" fill="#0b5d57"/>'
        '<path d="M240 76l92 34v66c0 62-38 108-92 128-54-20-92-66-92-128v-66z" fill="none" stroke="#fff" '
        'stroke-width="12" stroke-linejoin="round"/>'
        '<path d="M198 188l30 32 56-62" fill="none" stroke="#fff" stroke-width="14" stroke-linecap="round" '
        'stroke-linejoin="round"/>'
        f'<g fill="#fff" text-anchor="middle" font-family="{FONT}">'
        f'<text x="240" y="356" font-size="{size}" font-weight="600">{escape(title)}</text>'
        f'<text x="240" y="396" font-size="22">{escape(subtitle)}</text>'
        f'<text x="240" y="436" font-size="22" letter-spacing="1">{escape(number)}</text></g>'
        f'<openbadges:credential xmlns:openbadges="{NAMESPACE}" verify={quoteattr(token)}/></svg>\n'
    )


def extract_from_svg(content: bytes) -> str:
    """Return what a baked SVG carries: a token, or a JSON document. Raises ValueError when there is none."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(f"the picture is no well-formed SVG ({type(error).__name__})") from None
    found = root.findall(f".//{TAG}")
    if len(found) != 1:
        raise ValueError(
            "the picture carries no badge" if not found else "the picture carries several badges"
        )
    carried = (found[0].get("verify") or found[0].text or "").strip()
    if not carried:
        raise ValueError("the badge in the picture is empty")
    return carried


def bake_png(picture: bytes, token: str) -> bytes:
    """Return a PNG with the token in it, as an uncompressed iTXt chunk behind the header.

    Raises ValueError for what is no PNG, or carries a badge already.
    """
    (head, header), *others = list(_chunks(picture))
    if head != b"IHDR" or any(_is_badge(kind, data) for kind, data in others):
        raise ValueError("the picture is no PNG that a badge could be put into")
    baked = (b"iTXt", KEYWORD + b"\0\0\0\0\0" + token.encode())
    return PNG_SIGNATURE + b"".join(_write(*chunk) for chunk in [(head, header), baked, *others])


def extract_from_png(content: bytes) -> str:
    """Return what a baked PNG carries. Raises ValueError when there is none."""
    found = [data for kind, data in _chunks(content) if _is_badge(kind, data)]
    if len(found) != 1:
        raise ValueError(
            "the picture carries no badge" if not found else "the picture carries several badges"
        )
    said = found[0][len(KEYWORD) + 1 :]
    if said[:1] != b"\0":
        raise ValueError("the badge in the picture is compressed, which the standard forbids")
    # Behind the two flags stand a language and a translated keyword, each ended by a zero.
    text = said[2:].split(b"\0", 2)[-1].decode()
    if not text:
        raise ValueError("the badge in the picture is empty")
    return text


def _is_badge(kind: bytes, data: bytes) -> bool:
    return kind == b"iTXt" and data.startswith(KEYWORD + b"\0")


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and data of each chunk (PNG, 5.3). Raises ValueError for what is no whole PNG."""
    if not picture.startswith(PNG_SIGNATURE):
        raise ValueError("the picture is no PNG")
    at = len(PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        if at + 12 > len(picture):
            raise ValueError("the picture is cut off")
        length, kind = struct.unpack_from(">I4s", picture, at)
        data = picture[at + 8 : at + 8 + length]
        if _write(kind, data) != picture[at : at + 12 + length]:
            raise ValueError("the picture is damaged")
        yield kind, data
        at += 12 + length


def _write(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
