"""Who may ask this page: programs of this machine, from this page; from elsewhere only with the token."""

from __future__ import annotations

import hmac
import ipaddress
import platform
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

__all__ = ["is_loopback", "protect"]

_COOKIE = "graphkit_token"
# Everything comes from this server, and no other page may frame it. plotly's WebGL traces compile functions.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def is_loopback(host: str) -> bool:
    """Return whether an address to listen at is reached from this machine alone.

    Examples
    --------
    >>> from graphkit.explorer.security import is_loopback
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def protect(server: Flask, *, host: str, token: str | None) -> None:
    """Refuse requests that another site's page, or a stranger, made.

    The Host header has to name this machine (a name that an attacker's DNS points here does not: DNS rebinding), the
    Origin header, where there is one, the same host. With a token, it has to come once in the address
    (``?token=…``); a cookie that scripts and other sites do not get keeps it.

    Parameters
    ----------
    server
        The application, changed in place.
    host
        What it listens at.
    token
        What strangers do not have; None where only this machine is listened to.
    """
    server.config["MAX_CONTENT_LENGTH"] = 32 * 1024 * 1024

    @server.before_request
    def check() -> Response | None:
        if not _is_own(_name(request.host), host):
            abort(Response("graphkit explore: this address is not one of this page's (Host).\n", 403))
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc.casefold() != request.host.casefold():
            abort(Response("graphkit explore: another site's page asked (Origin).\n", 403))
        if (
            request.headers.get("Sec-Fetch-Site") == "cross-site"
            and request.headers.get("Sec-Fetch-Mode") != "navigate"
        ):
            abort(Response("graphkit explore: another site's page asked.\n", 403))
        if token is None:
            return None
        given = request.args.get("token")
        if given is not None and request.method == "GET" and _same(given, token):
            # Without the token, so that it stays out of the history and of what is shared.
            answer = Response(status=303, headers={"Location": request.path})
            answer.set_cookie(_COOKIE, token, httponly=True, samesite="Strict")
            return answer
        if not _same(request.cookies.get(_COOKIE, ""), token):
            abort(Response("graphkit explore: open the address with the token that the command printed.\n", 401))
        return None

    @server.after_request
    def guard(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = _POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["X-Frame-Options"] = "DENY"
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return answer


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def _name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    return (urlsplit(f"//{host}").hostname or "").casefold()


def _is_own(name: str, host: str) -> bool:
    if name == "localhost" or is_loopback(name):
        return True
    if is_loopback(host):
        return False
    try:
        ipaddress.ip_address(name)
        return True  # an address is no name: nobody's DNS can point it here
    except ValueError:
        return name in {host.casefold(), platform.node().casefold()}
