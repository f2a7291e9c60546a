"""What a page says instead, where it cannot be shown."""

from typing import NamedTuple


class Said(NamedTuple):
    """The heading of an error page, and what to do about it."""

    heading: str
    advice: str


WORDS = {
    400: Said(
        "That cannot be asked",
        "Something in the address is not as it should be. The filters of each page make only good ones.",
    ),
    401: Said("Please log in", "This page is for analysts, who have a token or come by way of the group's proxy."),
    403: Said("That is not for this role", "What may be asked is written in the group's policy, under [[analysts]]."),
    404: Said(
        "There is no such page",
        "It may have moved, or what it told of has left the visitors' book when its time was over.",
    ),
    405: Said(
        "That is not how this page is asked",
        "Pages are opened by a link, and the only forms that are sent are those to log in and out.",
    ),
    429: Said("One moment, please", "That was too often in one minute. Nothing is lost: try again after it."),
    500: Said(
        "Something went wrong here",
        "The mistake is ours; the log of this server tells more. No record was lost or shown.",
    ),
    503: Said("The visitors' book cannot be read now", "The log of this server tells more. Try again in a moment."),
}
"""What an error page says, by its status."""


class PageError(Exception):
    """A page that cannot be shown: its status, and in one sentence why."""

    def __init__(self, status: int, why: str, wait: int = 0) -> None:
        self.status = status
        self.why = why
        self.wait = wait
        super().__init__(why)
