"""The lines of a policy file, by the keys that they set."""

import re
from collections import Counter

# A name as TOML has it, bare or in quotes, and names with full stops between them.
_NAME = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_NAMES = rf"(?P<names>{_NAME}(?:\s*\.\s*{_NAME})*)"
_TABLE = re.compile(rf"\s*(?P<brackets>\[\[?)\s*{_NAMES}\s*\]")
_SETTING = re.compile(rf"\s*{_NAMES}\s*=")


def line_of(text: str, key: str) -> int | None:
    """The line that sets a key, or failing that the nearest thing around it."""
    lines = _lines(text)
    while key and key not in lines:
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return lines.get(key)


def _lines(text: str) -> dict[str, int]:
    """The line of each key path, for tables, arrays of tables and settings that start a line."""
    lines: dict[str, int] = {}
    items: Counter[str] = Counter()
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _TABLE.match(line):
            *around, last = _parts(header["names"])
            table = _below(_at_last(around, items), last)
            if header["brackets"] == "[[":
                lines.setdefault(table, number)
                items[table] += 1
                table = f"{table}[{items[table] - 1}]"
            lines.setdefault(table, number)
        elif setting := _SETTING.match(line):
            lines.setdefault(".".join(filter(None, [table, *_parts(setting["names"])])), number)
    return lines


def _parts(names: str) -> list[str]:
    return [name.strip("\"'") for name in re.findall(_NAME, names)]


def _at_last(names: list[str], items: Counter[str]) -> str:
    """The path of a table, in the last item of each array of tables on the way: `[log.books.stream]` is of the book
    that was begun last.
    """
    path = ""
    for name in names:
        path = _below(path, name)
        if items[path]:
            path = f"{path}[{items[path] - 1}]"
    return path


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
