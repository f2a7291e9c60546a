"""What a request asks of routing: the page, the choice that it carries, and how somebody came to ask."""

from typing import Final, NamedTuple

from frontdesk.middleware.choice import Choice


class Asked(NamedTuple):
    """What a request asks of routing. It holds no header field but the languages."""

    path: str = ""  # as the visitor sees it
    within: str = ""  # as the app names it, where that lies below a root path
    exempt: bool = True  # a path for machines, or one that the policy leaves alone
    languages: bytes = b""
    choice: Choice | None = None
    led: bool = False  # the visitor was led here without having chosen
    refused: bool = False  # an address stands where the entity's id belongs
    opens: bool = False  # somebody opens a page, as opposed to a script, a part of a page, or a form that is sent
    clicked: bool = False  # the choice in the address came by a click on our own site, as far as the browser tells
    followed: bool = False  # it came by a link of another site, by a click or from the group, as the browser vouches
    kept: bool = False  # it came with a choice that was remembered before
    ours: bool = True  # it came from our own site or the address bar, whatever asked for it, as far as anything tells
    before: Choice | None = None  # what was remembered before the choice in the address


NOTHING_ASKED: Final = Asked()
"""What a WebSocket asks of routing, or a request that could not be read."""
