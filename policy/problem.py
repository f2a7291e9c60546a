"""What is wrong in a policy, and where."""

from typing import NamedTuple


class Problem(NamedTuple):
    """What is wrong at a key: `("proxies.trusted", "…")`."""

    key: str
    text: str
