"""What counts as an address: RFC 3986 with what the schema's anyURI allows on top of it."""

import re

_PLAIN = r"(?:[^\x00-\x08\x0b\x0c\x0e-\x1f:/?#\[\]@%]|%[0-9A-Fa-f]{2})"
_HOST = rf"(?:\[[0-9A-Fa-f:.]+\]|{_PLAIN}*+)"
_AUTHORITY = rf"//(?:(?:{_PLAIN}|:)*+@)?{_HOST}(?::[0-9]{{1,8}})?(?:/(?:{_PLAIN}|[:@/])*+)?"
_ROOTED = rf"/(?!/)(?:{_PLAIN}|[:@/])*+"
_AFTER_SCHEME = rf"(?!/)(?:{_PLAIN}|[:@/])*+"
_RELATIVE = rf"(?:{_PLAIN}|@)++(?:/(?:{_PLAIN}|[:@/])*+)?"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*+:"
_QUERY = rf"(?:\?(?:{_PLAIN}|[:@/?])*+)?"
_FRAGMENT = rf"(?:#(?:{_PLAIN}|[:@/?\[\]])*+)?"

URI = re.compile(
    rf"(?:{_SCHEME}(?:{_AUTHORITY}|{_ROOTED}|{_AFTER_SCHEME})|{_AUTHORITY}|{_ROOTED}|{_RELATIVE}|)"
    rf"{_QUERY}{_FRAGMENT}"
)
