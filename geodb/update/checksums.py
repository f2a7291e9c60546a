"""Checksums as vendors tell them."""

import re
from collections.abc import Callable

import msgspec

_LINE = re.compile(r"([0-9a-fA-F]{64})(?:[ \t]+[ *]?(\S+))?")


class _Sums(msgspec.Struct):
    sha256: str


class _Answer(msgspec.Struct):
    checksums: _Sums


def in_json(raw: bytes) -> str:
    """IPinfo's answer: `{"checksums": {"md5": …, "sha1": …, "sha256": …}}`."""
    try:
        return _checked(msgspec.json.decode(raw, type=_Answer).checksums.sha256)
    except msgspec.DecodeError:
        raise ValueError("is no JSON with a SHA-256 in it") from None


def in_lines(name: str | None = None) -> Callable[[bytes], str]:
    """The output of `sha256sum`: the only line, or of several that of the file with a name."""

    def read(raw: bytes) -> str:
        lines = [_LINE.fullmatch(line.strip()) for line in raw.decode("latin-1").splitlines() if line.strip()]
        found = [line[1].lower() for line in lines if line and (len(lines) == 1 or _base(line[2]) == name)]
        if not found:
            raise ValueError("holds no SHA-256 of the file")
        return found[0]

    return read


def _checked(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise ValueError("holds no SHA-256 of the file")
    return text.lower()


def _base(path: str | None) -> str | None:
    return path.rpartition("/")[2] if path else None
