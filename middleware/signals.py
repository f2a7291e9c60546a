"""What a visitor's browser says of privacy: DNT (W3C Tracking Preference Expression) and Sec-GPC.

The two are read by their own rules and never lumped together. Absence is neither consent nor objection.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from frontdesk.policy.model import Signals as SignalPolicy
from frontdesk.policy.model import Treatment

# TPE 5.2: "0" or "1", then extensions of any visible ASCII but the quote, the comma and the backslash.
_DNT = re.compile(rb"[01][\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]*")
_BLANK = b" \t"

_STRICTNESS = {Treatment.FULL: 0, Treatment.ANONYMOUS: 1, Treatment.COUNT: 2}


class Signals(NamedTuple):
    """`dnt` is `"1"` (prefers no tracking), `"0"` (allows it), `"unset"` or `"invalid"`; `gpc` is on or off."""

    dnt: str = "unset"
    gpc: bool = False


SILENT = Signals()
"""A visitor whose browser says nothing."""


def read(dnt_lines: Sequence[bytes], gpc_lines: Sequence[bytes]) -> Signals:
    """Read the signals from every field line of `DNT` and of `Sec-GPC`."""
    return Signals(_dnt(dnt_lines), any(line.strip(_BLANK) == b"1" for line in gpc_lines))


def treatment(policy: SignalPolicy, signals: Signals) -> Treatment:
    """The strictest treatment that any signal of this visitor asks for."""
    if not signals.gpc and signals.dnt != "1":
        return Treatment.FULL
    asked = [Treatment.FULL]
    if signals.dnt == "1":
        asked.append(policy.dnt)
    if signals.gpc:
        asked.append(policy.gpc)
    return max(asked, key=_STRICTNESS.__getitem__)


def _dnt(lines: Sequence[bytes]) -> str:
    if not lines:
        return "unset"
    if len(lines) > 1:
        # A request may carry one field only; of several, a visitor's "no" is still heard.
        return "1" if any(line.strip(_BLANK).startswith(b"1") for line in lines) else "invalid"
    value = lines[0].strip(_BLANK)
    return value[:1].decode() if _DNT.fullmatch(value) else "invalid"
