"""Which machines a subscription may make us connect to: those with a public address, no others."""

import errno
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

NAT64 = ip_network("64:ff9b::/96")


class NotPublicError(OSError):
    """The name leads to an address that is not public; nothing was sent there."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "the address is not public")


def is_public(written: str) -> bool:
    """Tell whether an address belongs to the public internet, whatever it is wrapped in."""
    address = _unwrapped(ip_address(written.split("%", 1)[0]))
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not (isinstance(address, IPv6Address) and address.is_site_local)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
