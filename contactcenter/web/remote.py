"""Whose address a request comes from, seen through the proxies that are ours."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

from contactcenter.web.ports import SERVICES

FORWARDED = "X-Forwarded-For"


def remote_of(request: web.Request) -> str:
    """The caller's address: the peer's, or what the trusted proxies say they were asked by.

    Each proxy appends whom it was asked by, so only the right end of the header is theirs: it is
    read from there, up to the first address that is no trusted proxy. What stands left of that
    the caller may have written.
    """
    peer = request.remote or ""
    proxies = request.app[SERVICES].settings.trusted_proxies
    told = ",".join(request.headers.getall(FORWARDED, ())).split(",")
    while _is_within(peer, proxies) and told:
        before = _address(told.pop())
        if before is None:
            break
        peer = str(before)
    return peer


def _is_within(peer: str, proxies: Sequence[IPv4Network | IPv6Network]) -> bool:
    address = _address(peer)
    return address is not None and any(address in network for network in proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    # a listener for both families sees IPv4 peers as ::ffff:192.0.2.1
    return getattr(found, "ipv4_mapped", None) or found
