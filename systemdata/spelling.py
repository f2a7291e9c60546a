"""The spellings of an IP address in a text, and whether any stands in one.

Groups with `::` that a word goes on before or after may be a name, such as `node::42` or `std::add`. They are an
address there still if they begin as those of the internet do, or hold one of IPv4. Of IPv4 four numbers with dots are
an address, and no fewer: neither 203.0.28935 nor 3405803783 is told from other numbers.
"""

import re
import unicodedata

# One number of a dotted quad, with leading noughts, as octal or as hex; the outer ones may be part of a longer number.
_NUMBER = r"(?:0*(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])|0+[0-3][0-7]{2}|0x0*[0-9a-f]{1,2})"
_QUAD = rf"(?:[0-9]|0x[0-9a-f]+)\.(?:{_NUMBER}\.){{2}}[0-9]"
_GROUP = "[0-9a-f]{1,4}"
_WHOLE = rf"(?:{_GROUP}:){{7}}[0-9a-f]"
_GLOBAL = rf"[23][0-9a-f]{{3}}(?::{_GROUP})*::"  # 2000::/3, all that the internet routes
_MAPPED = rf"::ffff:{_GROUP}:[0-9a-f]"
_ALONE = rf"(?<![0-9a-z])(?:{_GROUP})?::(?:{_GROUP})?(?![0-9a-z])"
_ADDRESS = re.compile(f"{_QUAD}|{_WHOLE}|{_GLOBAL}|{_MAPPED}|{_ALONE}")

# Who wants to keep others from following an address writes 203[.]0[.]113[.]7.
_BRACKETS = str.maketrans(dict.fromkeys("[](){}<>"))
_DOT = re.compile(r"\s*\.\s*")


def holds_address(text: str) -> bool:
    """Whether an IP address stands anywhere in a text, with whatever before and after it."""
    plain = unicodedata.normalize("NFKC", text).replace("。", ".").lower()
    if not plain.isascii():
        plain = "".join(map(_in_ascii, plain))
    plain = _DOT.sub(".", plain)
    return bool(_ADDRESS.search(plain) or _ADDRESS.search(_DOT.sub(".", plain.translate(_BRACKETS))))


def _in_ascii(character: str) -> str:
    """The digit that a digit of another script means; any other character as it is."""
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
