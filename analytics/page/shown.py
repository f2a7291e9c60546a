"""A page that is ready to be drawn, and what it stands on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from frontdesk.analytics.page.answers import Answers
from frontdesk.analytics.page.credit import Origin
from frontdesk.policy import Policy


class Ground(NamedTuple):
    """What pages stand on."""

    policy: Policy
    answers: Answers
    origin: Origin


class Shown(NamedTuple):
    """A page: its template, its place in the menu, what stands in it, and the rows to take along."""

    template: str
    section: str
    context: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]] = ()


View = Callable[..., Shown]
"""Makes a page of what somebody asked for: `view(ground, asked, **parts of the path)`."""
