"""Which addresses the server takes in a link or on a button, and the words of its refusal.

It has no list of forbidden schemes: `tel:112` is read as host « tel » and port 112, and falls because « tel » has no
dot, while `tel:0800123456` falls because that is no port. Only what says `://` is refused for its scheme; and
`mailto:a@example.fr` is taken, as the site example.fr seen by the user « mailto », password « a ».
"""

from __future__ import annotations

import re

_PLAIN = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=]|[^\x00-\x7f]|%[0-9a-fA-F]{2})*")
_USER = re.compile(r"tg:(?://)?user/?\?(?:.*&)?id=(\d+)", re.I)


def user_of_link(url: str) -> int:
    """Return the id in `tg://user?id=…`, or 0."""
    match = _USER.match(url)
    return int(match[1]) if match else 0


def checked_link(url: str) -> str | None:
    """Return the address as the server keeps it, or None."""
    try:
        return _check(url)
    except ValueError:
        return None


def button_link(url: str) -> str:
    """Return the address as the server keeps it, or raise ValueError with the end of its sentence."""
    try:
        return _check(url)
    except ValueError as fault:
        raise ValueError(f"URL '{url}' is invalid: {fault}") from None


def _check(url: str) -> str:
    lowered = url.lower()
    own = next((scheme for scheme in ("tg", "tonsite", "ton") if lowered.startswith(scheme + ":")), None)
    if own:
        url = url[len(own) + 1 :].removeprefix("//")
    scheme, user, host, port, rest = split(url)
    if own:
        if url.lower().startswith("http://") or scheme == "https" or port or user:
            raise ValueError("Wrong tg URL" if own == "tg" else "Wrong ton URL")
        if not re.fullmatch(r"[A-Za-z0-9_.-]*" if own == "tonsite" else r"[A-Za-z0-9_-]*", host):
            raise ValueError("Unallowed characters in URL host")
        return f"{own}://{host}{rest[1:] if rest.startswith('/?') or rest == '/' else rest}"
    if "." not in host and not host.startswith("["):
        raise ValueError("Wrong HTTP URL")
    return f"{scheme}://{f'{user}@' if user else ''}{host}{f':{port}' if port else ''}{rest}"


def split(url: str, default: str = "http") -> tuple[str, str, str, int, str]:
    """Return scheme, user, host, port (0: none) and the rest; raise ValueError as the server words it."""
    scheme, found, after = url.partition("://")
    if found and not re.search(r"[/?#]", scheme):
        scheme = scheme.lower()
        if scheme not in {"http", "https"}:
            raise ValueError("Unsupported URL protocol")
    else:
        scheme, after = default, url
    place = re.match(r"[^/?#]*", after)
    authority = place[0] if place else ""
    rest = after[len(authority) :].rstrip() or "/"
    if not rest.startswith("/"):
        rest = "/" + rest
    rest = "".join(f"%{ord(c):02X}" if c <= " " else c for c in rest)
    port = 0
    colon = authority.rfind(":")
    if colon > 0 and not re.search(r"[\]@]", authority[colon:]):
        digits = authority[colon + 1 :]
        if not re.fullmatch(r"\d+", digits) or not 0 < int(digits) <= 65535:
            raise ValueError("Wrong port number specified in the URL")
        port, authority = int(digits), authority[:colon]
    user, _, host = authority.rpartition("@")
    if not host:
        raise ValueError("URL host is empty")
    if host == ".":
        raise ValueError("Host is invalid")
    if not host.startswith("[") and not _PLAIN.fullmatch(host):
        raise ValueError("Disallowed character in URL host")
    if not _PLAIN.fullmatch(user.replace(":", "")):
        raise ValueError("Disallowed character in URL userinfo")
    return scheme, user, host.lower(), port, rest
