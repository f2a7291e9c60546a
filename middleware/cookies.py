"""Cookies that an app wants to set, as `Set-Cookie` field values (RFC 6265 section 4.1)."""

import re
from collections.abc import Container
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Browsers take a `Max-Age` of digits only, and read dates by rules of their own: only what all of them read alike
# counts as the past. A year of two digits, say, is 1969 to one and 2069 to another.
_SECONDS = re.compile(r"-?[0-9]{1,20}")
_DATE = re.compile(r"[A-Za-z]{3,9}, [0-9]{2}[ -][A-Za-z]{3}[ -][0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
_BREAKS = re.compile(rb"[\0\r\n]")


def is_broken(cookie: bytes) -> bool:
    """Whether the value holds what no field may: behind a line break, another cookie could follow unseen."""
    return _BREAKS.search(cookie) is not None


def is_essential(cookie: bytes, essential: Container[str]) -> bool:
    """Whether a cookie's exact name is one of the essential ones. Text without `=` is a cookie without a name."""
    name, equals, _ = cookie.partition(b";")[0].partition(b"=")
    return bool(equals) and name.strip().decode("latin-1") in essential


def is_deletion(cookie: bytes) -> bool:
    """Whether a cookie only takes away one that the browser has: the last thing to hold back from who objects."""
    attributes = [part.partition("=") for part in cookie.decode("latin-1").split(";")[1:]]
    given = {name.strip().lower(): value.strip() for name, _, value in attributes}
    if "max-age" in given:  # where both are given, it is the one that counts
        return _SECONDS.fullmatch(given["max-age"]) is not None and int(given["max-age"]) <= 0
    return _is_past(given.get("expires", ""))


def _is_past(date: str) -> bool:
    try:
        return _DATE.fullmatch(date) is not None and parsedate_to_datetime(date) <= datetime.now(UTC)
    except ValueError:
        return False


def emptied(cookie: bytes) -> bytes:
    """The same cookie without a value, so that a deletion cannot carry one."""
    pair, semicolon, attributes = cookie.partition(b";")
    return pair.partition(b"=")[0].strip() + b"=" + semicolon + attributes
