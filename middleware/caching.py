"""The headers of an answer that depended on the visitor: caches kept out, the suggestion told, a choice remembered."""

from collections.abc import Iterable
from typing import Any, Final

from frontdesk.middleware.routing import Router
from frontdesk.middleware.visit import Visit

Header = tuple[bytes, bytes]

# No `Vary` can name the client address, so what depended on it must not be stored by anybody (RFC 9111 3).
KEPT_OUT: Header = (b"cache-control", b"private, no-store")
"""Says that no cache may store an answer."""
# What else tells a cache to store, and goes before `Cache-Control` there: nginx's own, Akamai's, Fastly's; and
# fields for one cache, such as `CDN-Cache-Control` (RFC 9213), which all end alike.
_FOR_CACHES = frozenset({b"x-accel-expires", b"edge-control", b"surrogate-control", b"expires", b"age"})
_FOR_ONE_CACHE = b"cache-control"
_SIGNALS = (b"DNT", b"Sec-GPC")
_TYPE_SIZE: Final = len(b"content-type")
_COOKIE_SIZE: Final = len(b"set-cookie")


def for_visitor(headers: Iterable[Any], visit: Visit, router: Router) -> list[Any]:
    """The headers of an answer, with what follows from the visit.

    An HTML page of a site that suggests depends on the visitor's place, also where nothing was suggested; any other
    answer only if the app asked the visit about it. Nothing is suggested on paths for machines, so an answer there is
    left alone unless the app asked: its page for what is missing may tell of the visitor too. A list of which nothing
    follows is given back itself. A pair may be of any kind that unpacks, as ASGI has it; see `in_bytes`.
    """
    given = headers if isinstance(headers, list) else list(headers)
    asked = visit.asked
    page = sets_cookie = False
    for name, value in given:
        size = len(name)  # a name of another length need not be read
        if size == _TYPE_SIZE and (name == b"content-type" or name.lower() == b"content-type"):
            page = page or value[:9].lower() == b"text/html"
        elif size == _COOKIE_SIZE and name.lower() == b"set-cookie":
            sets_cookie = True
    varies = not asked.exempt and router.varies(visit.guest.host)
    suggests = page and varies
    remembering = None
    if visit.chose:
        remembering = router.remembering(visit.host, asked, objected=visit.guest.objected)
    # From where some visitors are led, whatever else is answered is for those who are not.
    if visit.place_told or suggests or remembering or (varies and router.leads_from(asked)):
        given = [*(pair for pair in given if not _is_for_caches(pair[0].lower())), KEPT_OUT]
    if suggests and (suggestion := visit.shown()):
        given = [*given, suggestion.link()]
    if visit.signals_told or sets_cookie:
        given = _varied(given)
    return [*given, remembering] if remembering else given


def in_bytes(headers: Iterable[Any]) -> list[Header]:
    """Headers of which some are text, as one server takes them too. Raises as `for_visitor` where they are none."""
    return [(_in_bytes(name), _in_bytes(value)) for name, value in headers]


def _in_bytes(text: Any) -> bytes:
    if isinstance(text, str):
        return text.encode("latin-1")
    if isinstance(text, bytes):
        return text
    raise TypeError


def _is_for_caches(name: Any) -> bool:
    return name in _FOR_CACHES or name.endswith(_FOR_ONE_CACHE)


def _varied(headers: list[Any]) -> list[Any]:
    """The headers with both signals named in `Vary`."""
    said = [value for name, value in headers if name.lower() == b"vary"]
    known = {part.strip().lower() for value in said for part in value.split(b",")}
    if b"*" in known:
        return headers
    missing = [name for name in _SIGNALS if name.lower() not in known]
    if not missing:
        return headers
    rest = [(name, value) for name, value in headers if name.lower() != b"vary"]
    return [*rest, (b"vary", b", ".join([*said, *missing]))]
