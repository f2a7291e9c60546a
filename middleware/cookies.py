"""Cookies that an app wants to set, as `Set-Cookie` field values (RFC 6265 section 4.1)."""

from collections.abc import Container
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def is_essential(cookie: bytes, essential: Container[str]) -> bool:
    """Whether a cookie's exact name is one of the essential ones. Text without `=` is a cookie without a name."""
    name, equals, _ = cookie.partition(b";")[0].partition(b"=")
    return bool(equals) and name.strip().decode("latin-1") in essential


def is_deletion(cookie: bytes) -> bool:
    """Whether a cookie only takes away one that the browser has: the last thing to hold back from who objects."""
    attributes = [part.partition("=") for part in cookie.decode("latin-1").split(";")[1:]]
    given = {name.strip().lower(): value.strip() for name, _, value in attributes}
    with suppress(ValueError):
        if "max-age" in given:  # where both are given, it is the one that counts
            return int(given["max-age"]) <= 0
        if "expires" in given:
            expires = parsedate_to_datetime(given["expires"])
            return (expires if expires.tzinfo else expires.replace(tzinfo=UTC)) <= datetime.now(UTC)
    return False


def emptied(cookie: bytes) -> bytes:
    """The same cookie without a value, so that a deletion cannot carry one."""
    pair, semicolon, attributes = cookie.partition(b";")
    return pair.partition(b"=")[0].strip() + b"=" + semicolon + attributes
