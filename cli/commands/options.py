"""Options that several commands have, and what is made of them."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from frontdesk.cli.retention import FIRST_DAY, LAST_DAY
from frontdesk.policy import EXAMPLE, FrontdeskError, Policy, RetentionClass, load
from frontdesk.policy.model import Log

BOOK = Log().directory
PolicyFile = Annotated[Path, typer.Option("--policy", help="The policy file.", show_default="the example policy")]
DAYS = ["%Y-%m-%d"]
MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
Of = Annotated[
    str, typer.Option("--of", help="The residency or the company whose book it is.", show_default="the common book")
]
Class = Annotated[RetentionClass | None, typer.Option("--class", help="A class.", show_default="every class")]
From = Annotated[datetime | None, typer.Option("--from", formats=DAYS, help="The first day, UTC.")]
To = Annotated[datetime | None, typer.Option("--to", formats=DAYS, help="The last day, UTC.")]
Address = Annotated[
    str, typer.Option("--address", help="The address; - reads it from standard input, out of the shell's history.")
]


def _day(given: datetime | None, otherwise: str) -> str:
    """A day as shelves are called by it; another where none is given."""
    return otherwise if given is None else given.date().isoformat()


def days(since: datetime | None, until: datetime | None) -> tuple[str, str]:
    """The first and the last day. Raises `FrontdeskError` where none is between: the answer would be a wrong "none"."""
    first, last = _day(since, FIRST_DAY), _day(until, LAST_DAY)
    if first > last:
        raise FrontdeskError(f"the first day, {first}, is after the last, {last}")
    return first, last


def loaded(file: Path) -> Policy:
    """A policy; the example's book is the demo's, which lies where the demo was started."""
    policy = load(file)
    return msgspec.structs.replace(policy, log=Log(directory=BOOK)) if file == EXAMPLE else policy
