"""Which addresses may be called: one reading of a url, and one table of what lies in public.

What matches the one pattern here is read alike by every parser; whatever two parsers could read differently (user
names, back slashes, odd brackets, control characters) is refused before anybody is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.utils.translation import gettext_lazy as _

from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered

LONGEST = 2000  # characters of a url
IP = IPv4Address | IPv6Address
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9_.])?)(:(?P<port>\d{1,5}))?"
    r"(?P<rest>([/?#][^\\\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]*)?)",
    re.IGNORECASE | re.ASCII,  # else ſ and the Kelvin sign are letters of a host, and digits of any writing a port
)
PORTS = {"http": 80, "https": 443}
# What `is_global` of Python 3.11 lets through though it leads to no public host (IANA's special-purpose registries).
# The last one is a public address that within Azure is the machine's own host, which hands out its settings.
_SPECIAL = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8", "168.63.129.16/32",
    )
)  # fmt: skip
_NAT64, _COMPATIBLE = IPv6Network("64:ff9b::/96"), IPv6Network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)  # the third quarter of such an address


@dataclass(frozen=True)
class Address:
    """A url in its parts. `host` is in lower case, an IPv6 address without its brackets; `port` is always given."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port as a url begins with, the port only where it is not the usual one."""
        return f"{self.scheme}://{self.place}"

    @property
    def place(self) -> str:
        """Host and port as they name an instance, the port only where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


class Refused(Problem):
    """This address is not one that may be called."""

    def __init__(self) -> None:
        super().__init__("bad_address", 422, _("This address is not one that may be called."))


def read(url: str) -> Address:
    """The url in its parts. Raises Refused for anything but a plain http or https address."""
    found = _URL.fullmatch(url) if len(url) <= LONGEST else None
    if found is None or ".." in found["host"]:
        raise Refused
    scheme, host = found["scheme"].lower(), found["host"].lower()
    port = int(found["port"] or PORTS[scheme])
    if host.startswith("["):
        try:
            host = str(IPv6Address(host[1:-1]))
        except ValueError:
            raise Refused from None
    if not 0 < port < 65_536:
        raise Refused
    return Address(scheme, host, port)


def is_address(url: str) -> bool:
    """Whether `read` takes it."""
    try:
        read(url)
    except Refused:
        return False
    return True


def may_be_called(found: str) -> bool:
    """Whether an IP address lies in public, or is one that `KENTONGAN_PRIVATE_ADDRESSES` lists."""
    one = ip_address(found.partition("%")[0])
    inner = one.ipv4_mapped if isinstance(one, IPv6Address) and one.ipv4_mapped else one
    return is_public(one) or any(inner.version == net.version and inner in net for net in _private())


def is_public(one: IP) -> bool:
    """Whether it leads to a single host of the public network; of a tunnel's address all that is inside it counts."""
    inside = _inside(one)
    if inside is not None:
        return all(is_public(each) for each in inside)
    special = any(one.version == net.version and one in net for net in _SPECIAL)
    return one.is_global and not one.is_multicast and not one.is_reserved and not special


def _inside(one: IP) -> tuple[IPv4Address, ...] | None:
    """The IPv4 addresses that an IPv6 address leads on to (RFC 4291, 6052, 3056, 4380, 5214); None: to none."""
    if isinstance(one, IPv4Address):
        return None
    if one.ipv4_mapped:
        return (one.ipv4_mapped,)
    if one.sixtofour:
        return (one.sixtofour,)
    if one.teredo:
        return one.teredo
    last = IPv4Address(int(one) & 0xFFFFFFFF)
    if one in _NAT64 or one in _COMPATIBLE or int(one) >> 32 & 0xFFFFFFFF in _ISATAP:
        return (last,)
    return None


def _private() -> tuple[IPv4Network | IPv6Network, ...]:
    return _networks(tuple(config().private_addresses))


@remembered(maxsize=4)
def _networks(written: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one) for one in written)
