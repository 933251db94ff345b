"""What a browser says of itself, in words a person recognises."""

from __future__ import annotations

# The first match counts: the later names also appear inside the user agents of the earlier ones.
PROGRAMS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """Return "Chrome · Android", or the start of what the browser sent when nothing in it is known."""
    found = [
        next((word for mark, word in table if mark in user_agent), None) for table in (PROGRAMS, SYSTEMS)
    ]
    return " · ".join(word for word in found if word) or user_agent[:40]
