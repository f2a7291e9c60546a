"""What a policy says at a key, as it is shown to the person who is to mend it."""

import re
from datetime import date, time
from typing import Any

# Where somebody may have put a secret by mistake, it is not shown.
_NEVER_SHOWN = re.compile(
    r"database\.sources(?!\[\d+\]\.(layer|file|maxmind|ipinfo|dbip|iptoasn)$)|web_service\.(account|key)"
    r"|log\.(books\[\d+\]\.)?(archive|stream\.(?!(topics|classes|keep)\b))"
    r"|log\.books\Z|opentelemetry\.endpoint|analysts(?!\[\d+\]\.(name|purposes|users))"
)
_LONGEST_SHOWN = 80


def shown(data: Any, key: str, where: str) -> str:
    """` (the file says 900)`; nothing for a table, an absent key, or what may be a secret. `where` is what says it."""
    value = _value_at(data, key)
    return "" if value is None or _NEVER_SHOWN.match(key) else f" ({where} says {_short(value)})"


def _short(value: Any) -> str:
    text = _written(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _written(value: Any) -> str:
    """A value nearly as it is written in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | time) else repr(value)


def _value_at(data: Any, key: str) -> Any:
    """The plain value at a key path; None for a table, an absent key, or no key at all."""
    for step in re.findall(r"[^.\[\]]+", key):
        try:
            data = data[int(step) if step.isdigit() else step]
        except (KeyError, IndexError, TypeError):
            return None
    return None if isinstance(data, dict) else data
