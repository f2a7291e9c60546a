"""What was asked for: the address of a page, read strictly, so that it can be kept as a bookmark."""

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from frontdesk.analytics.page.access import Who
from frontdesk.analytics.page.errors import PageError
from frontdesk.analytics.page.period import USUAL, Period

FORMATS = ("csv", "json")
LONGEST_SEARCH = 100

_TEXT = rf"[^\x00-\x1f\x7f]{{0,{LONGEST_SEARCH}}}"
# Every filter that a page may have, its shape, and what it is called to the person who mistyped it.
_SHAPES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "q": (re.compile(_TEXT), f"The search must have {LONGEST_SEARCH} characters at most."),
    "kind": (re.compile(r"[a-z_]{0,32}"), "There is no such kind of organisation."),
    "entity": (re.compile(r"[a-z0-9-]{0,63}"), "There is no such company."),
    "country": (re.compile(r"([A-Z]{2})?"), "A country is written as its two letters, such as DE."),
    "account": (re.compile(r"[\w.@:+-]{0,100}"), "There is no such account."),
    "sort": (re.compile(r"-?[a-z_]{0,32}"), "This cannot be sorted by that."),
    "page": (re.compile(r"[1-9]\d{0,4}"), "There is no such page."),
    "by": (re.compile(r"(day|week)?"), "Trends are drawn by day or by week."),
    "format": (re.compile("|".join(("", *FORMATS))), f"What is shown can be had as {' or '.join(FORMATS)}."),
}


class Asked(NamedTuple):
    """A page as somebody asked for it."""

    who: Who
    purpose: str
    path: str
    period: Period
    filters: Mapping[str, str]
    today: date

    def get(self, name: str) -> str:
        """A filter; empty where it is not set."""
        return self.filters.get(name, "")

    def link(self, path: str | None = None, **changes: str | int | None) -> str:
        """The address of a page with the same period and purpose, and with these changes; None leaves one out.

        On the page itself every filter stays too, but the page number, which begins anew.
        """
        kept = dict(self.filters) if path is None else {}
        kept.pop("page", None)
        kept.pop("format", None)
        if self.period.name != USUAL:
            kept["period"] = self.period.name
        if self.purpose != self.who.analyst.purposes[0]:
            kept["purpose"] = self.purpose
        for name, value in changes.items():
            kept[name] = "" if value is None else str(value)
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"{path or self.path}{'?' if query else ''}{query}"


def organisation_path(key: str) -> str:
    """The path of an organisation's page; nothing in a key can lead elsewhere."""
    return f"/organisations/{quote(key, safe='')}"


def path_of(request: Request) -> str:
    """The path of a request, as it stands in an address."""
    key = request.path_params.get("key")
    return quote(request.scope["path"]) if key is None else organisation_path(key)


def read(who: Who, path: str, params: QueryParams, today: date) -> Asked:
    """Read the address of a page. Raises `PageError` for anything that no page has."""
    given = params.multi_items()
    if len({name for name, _ in given}) < len(given):
        raise PageError(400, "A filter stands twice in the address.")
    filters = {}
    for name, value in given:
        if name in _SHAPES:
            shape, why = _SHAPES[name]
            if not shape.fullmatch(value):
                raise PageError(400, why)
            if value.strip():
                filters[name] = value.strip()
    purpose = _purpose(who, params.get("purpose", ""))
    return Asked(who, purpose, path, Period.read(params.get("period") or USUAL, today), filters, today)


def _purpose(who: Who, name: str) -> str:
    allowed = who.analyst.purposes
    if name and name not in allowed:
        raise PageError(403, f"This role asks for {', '.join(allowed)} only.")
    return name or allowed[0]
