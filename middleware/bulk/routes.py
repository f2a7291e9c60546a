"""Which page a line was about: a template that somebody named, never the path."""

import re
from collections.abc import Iterable

import numpy as np
import polars as pl

from frontdesk.geodb.leaves import I32
from frontdesk.middleware.bulk.distinct import texts_of
from frontdesk.middleware.pages import pattern
from frontdesk.policy import FrontdeskError, Policy

_TEMPLATE = re.compile(r"/(?:[A-Za-z0-9._~/-]|\{[a-z_]+\})*\Z")
_MOST_PATHS = 1 << 16
_NAME = re.compile(r"\{([a-z_]+)\}")


class Routes:
    """The templates of one group: those of the policy's pages, and those that were named besides."""

    def __init__(self, policy: Policy, named: Iterable[str] = ()) -> None:
        """Raises `FrontdeskError` where a name is no template."""
        pages = policy.routing.pages
        of_pages = [path for page in pages for path in (page.path, *(on.path for on in page.on)) if path]
        self.names = list(dict.fromkeys([*map(_checked, named), *of_pages]))
        self._places: dict[str, int] = {}
        self._known = [(place, pattern(name)) for place, name in enumerate(self.names)]

    def of(self, targets: pl.Series | None, size: int) -> I32:
        """The place of each target's template in `names`, -1 where none fits. The first that fits is taken."""
        if targets is None or not self.names:
            return np.full(size, -1, np.int32)
        # Without query and fragment: most distinct targets become one path.
        if targets.str.contains("?", literal=True).any():
            targets = targets.str.split_exact("?", 1).struct.field("field_0")
        paths = texts_of(targets, size)
        found = np.fromiter((self._place(path) for path in paths.values), np.int32, len(paths.values))
        return np.append(found, np.int32(-1))[paths.codes]

    def _place(self, path: str) -> int:
        place = self._places.get(path)
        if place is None:
            if len(self._places) >= _MOST_PATHS:  # anybody can invent one
                self._places.clear()
            place = self._places[path] = self._find(path)
        return place

    def _find(self, path: str) -> int:
        return next((place for place, known in self._known if known.fullmatch(path)), -1)


def _checked(template: str) -> str:
    names = _NAME.findall(template)
    if not _TEMPLATE.match(template) or len(names) != len(set(names)):
        raise FrontdeskError(f"{template}: is no template of a path; write one like /products/{{id}}")
    return template
