"""Which addresses may be reached: public ones, and what the operator allows by name or network."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_PUBLIC_V6: Final = ipaddress.IPv6Network("2000::/3")
_CLOSED: Final[tuple[Network, ...]] = (
    ipaddress.IPv4Network("168.63.129.16/32"),  # a cloud's platform services, on an address that looks public
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments; a cloud's metadata service lives there
    ipaddress.IPv4Network("192.88.99.0/24"),  # relays of 6to4
    ipaddress.IPv6Network("2001::/23"),  # protocol assignments: Teredo and its kin carry other addresses inside
    ipaddress.IPv6Network("2002::/16"),  # 6to4 carries an IPv4 address inside
)
_ENTRY: Final = re.compile(r"^(?P<host>\[[0-9a-f:./]+\]|[^:\[\]]+)(?::(?P<port>\d{1,5}))?$")


def is_public(address: Address) -> bool:
    """Whether an address lies in the public network; IPv4 inside IPv6 is judged by what is inside, or refused.

    ``ipaddress.is_global`` alone is not enough: it says True for NAT64 and 6to4 forms of loopback and for multicast.

    >>> is_public(ipaddress.ip_address("93.184.216.34")), is_public(ipaddress.ip_address("64:ff9b::7f00:1"))
    (True, False)
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.scope_id is not None or address not in _PUBLIC_V6:
            return False
    closed = any(address in network for network in _CLOSED if network.version == address.version)
    return address.is_global and not (closed or address.is_multicast or address.is_reserved or address.is_unspecified)


@dataclass(frozen=True)
class Allowed:
    """One entry of the operator's list: a host name or a network, at one port or any."""

    name: str | None
    network: Network | None
    port: int | None

    @classmethod
    def of(cls, text: str) -> Allowed:
        """Read ``files.example``, ``db.example:5432``, ``10.1.0.0/16`` or ``[fd00::/8]:443``.

        Raises:
            ValueError: it is none of them.
        """
        found = _ENTRY.match(text.strip().lower())
        if found is None:
            raise ValueError(f"'{text}' is neither a host name nor a network, with or without a port")
        host, port = found["host"].replace("[", "").replace("]", ""), found["port"]
        try:
            network: Network | None = ipaddress.ip_network(host, strict=False)
        except ValueError:
            network = None
            if not re.fullmatch(r"[a-z0-9._-]+", host):
                raise ValueError(f"'{text}' is neither a host name nor a network") from None
        return cls(None if network else host, network, int(port) if port else None)

    def covers(self, host: str, address: Address, port: int) -> bool:
        """Whether this entry lets a connection through."""
        if self.port not in (None, port):
            return False
        if self.network is None:
            return self.name == host
        return self.network.version == address.version and address in self.network


def may_reach(
    host: str, address: Address, port: int, *, usual_ports: Sequence[int], allowed: Sequence[Allowed]
) -> bool:
    """Whether a connection to ``address``, found under the name ``host``, is allowed."""
    if any(entry.covers(host, address, port) for entry in allowed):
        return True
    return port in usual_ports and is_public(address)
