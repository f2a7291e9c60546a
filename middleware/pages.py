"""The same page on the site of another company: an explicit map, so that nothing of a request becomes an address."""

import re
from typing import NamedTuple

from frontdesk.policy import Entity, Policy
from frontdesk.policy.routing import Page

_NAME = re.compile(r"\{([a-z_]+)\}")
# What a name in braces may stand for: one part of a path, with nothing that an address gives a meaning to.
_PART = r"(?P<\1>[A-Za-z0-9._~-]{1,100})"


class _Known(NamedTuple):
    path: re.Pattern[str]
    page: Page


class Pages:
    """Finds where a page of one site lies on another."""

    def __init__(self, policy: Policy) -> None:
        self._parameter = policy.routing.parameter
        self._known = {
            entity.id: [
                _Known(pattern(path), page) for page in policy.routing.pages if (path := _path_on(page, entity.id))
            ]
            for entity in policy.entities
        }

    def address(self, path: str, here: Entity, there: Entity, mark: str = "") -> str:
        """The address on the site of `there` of the page that lies at `path` here; its first page where none is known.

        `mark` stands before the entity's id in the query: what brought the visitor.
        """
        return f"{there.site}{self._same(path, here, there)}?{self._parameter}={mark}{there.id}"

    def _same(self, path: str, here: Entity, there: Entity) -> str:
        for known in self._known[here.id]:
            match = known.path.fullmatch(path)
            target = _path_on(known.page, there.id)
            if match and target and not {".", ".."} & set(match.groupdict().values()):
                return target.format_map(match.groupdict())
        return "/"


def _path_on(page: Page, entity: str) -> str | None:
    return next((on.path for on in page.on if on.entity == entity), page.path)


def pattern(path: str) -> re.Pattern[str]:
    """What matches the path of a page that may have names in braces, each for one part of it."""
    # The policy allows a path no character that means something here but the full stop and the braces.
    return re.compile(_NAME.sub(_PART, path.replace(".", r"\.")))
