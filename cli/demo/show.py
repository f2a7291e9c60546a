"""What the demo prints: a live table while visits come, and the summary."""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from frontdesk.cli.demo.tally import Ground, Guest, Tally, reason, signals
from frontdesk.cli.demo.traffic import Traffic
from frontdesk.cli.demo.visitors import Way, forwarding
from frontdesk.enrich.organisation import REASON_WORDS
from frontdesk.geodb import Manifest
from frontdesk.middleware import FrontDesk
from frontdesk.policy import Treatment
from frontdesk.systemdata import Statistics
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.record import Record

_WIDTH = 100
_MOST_ORGANISATIONS = 40
_MOST_COUNTRIES = 10
_PUBLIC_KINDS = frozenset({"education", "government"})
_WAYS = {Way.PROXY_V4: "by IPv4", Way.PROXY_V6: "by IPv6", Way.ROUND: "round the proxy"}
_ENTITY_REASONS = {"host": "its site was asked for", "country": "it serves the country", "default": "the default"}
# A university of whom a browser's user can pretend to be a visitor, since the proxy's machine is trusted.
_PRETENDED = "132.239.0.1"


class Look:
    """Everything that is shown: where to, and what of."""

    __slots__ = ("book", "console", "desk", "manifest", "tally", "traffic", "ways")
