"""A cache that is bounded, in the plainest way: full, it forgets everything and begins anew."""

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def keep(cache: dict[Key, Value], key: Key, value: Value, most: int) -> Value:
    """Keep a value, among `most` at most, and give it back."""
    if len(cache) >= most:
        cache.clear()
    cache[key] = value
    return value
