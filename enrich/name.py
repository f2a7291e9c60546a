"""Names that people recognise: one key and one display name for every way to write an organisation's name.

`Barclays Bank PLC`, `Barclays Bank plc` and `BARCLAYS BANK P.L.C.` have the key `barclays bank` and are shown as
`Barclays Bank`. Nothing but case, accents, punctuation and the legal form is taken away: `Barclays Bank Ireland` is
another organisation. A name so short that two firms may well share it keeps its form in the key.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from frontdesk.enrich.legal_forms import AFTER, BEFORE, LONGEST
from frontdesk.geodb.plain import plain

_LONGEST_NAME: Final = 200
_CACHED: Final = 4096
# Shorter names are initials, which firms of different countries share.
_SHORT_KEY: Final = 4
# Some registries put the number before the name.
_NUMBERED: Final = re.compile(r"^\s*AS\d+\s*[-:]?\s+", re.IGNORECASE)
_INITIALS: Final = re.compile(r"(?<![^\W_])(?:[^\W\d_][./]\s?)+[^\W\d_]?(?![^\W_])")
_WORD: Final = re.compile(r"&|[^\W_]+(?:['\u2019\u02bc][^\W_]+)*")
_EDGE: Final = " \t\r\n\"'`,;:.-\u2013\u2014/|_\u00ab\u00bb\u201c\u201d\u201e\u2018\u2019"
# How forms end and begin: a name that does neither has none.
_LAST: Final = frozenset(form[-1] for form in AFTER)
_FIRST: Final = frozenset(form[0] for form in BEFORE)
# Words that stay small inside a name.
_SMALL_TEXT: Final = """
a af al and d da das de del della der des di do dos du e el en et for fur i in la las le los of og on or para
per pro sur the til u und v van von y z za zu
"""
_SMALL: Final = frozenset(_SMALL_TEXT.split())
# Forms that are also words of the language, which belong to the name where it has an article.
_BODIES: Final = frozenset({"company", "corporation"})
_ROMAN: Final = re.compile(r"[ivx]+")


class Name(NamedTuple):
    """`key` is the same for every spelling of a name, `display` is what is shown."""

    key: str
    display: str


class _Word(NamedTuple):
    plain: str
    start: int
    end: int


@lru_cache(_CACHED)
def name_of(raw: str) -> Name:
    """The key and the display name of an organisation, from the name that a register has."""
    text = without_number(raw[:_LONGEST_NAME])
    words = _words(text)
    first, last, form = _without_form(words)
    kept = words[first:last]
    if not kept:
        whole = " ".join(raw.split())
        return Name(plain(whole), whole)
    key = [word.plain for word in kept]
    if len(key) > 1 and key[0] == "the":
        key = key[1:]
    if form and len("".join(key)) < _SHORT_KEY:
        key.append(form)
    end = kept[-1].end
    if kept[0].plain == "the" and last < len(words) and words[last].plain in _BODIES:
        end = words[last].end  # "The Aerospace" is nobody's name
    return Name(" ".join(key), _display(text[kept[0].start : end], text, end))


def without_number(raw: str) -> str:
    """The name without the AS number that some registries put before it."""
    return _NUMBERED.sub("", raw) or raw


def has_legal_form(raw: str) -> bool:
    """Whether a name says that its bearer is a firm."""
    return bool(_without_form(_words(raw[:_LONGEST_NAME]))[2])


def _words(text: str) -> list[_Word]:
    """The words with their places; initials that dots or slashes part are one word."""
    words: list[_Word] = []
    position = 0
    for initials in _INITIALS.finditer(text):
        if sum(map(str.isalpha, initials[0])) > 1:
            words += _found(text, position, initials.start())
            letters = "".join(filter(str.isalpha, initials[0]))
            words.append(_Word(plain(letters), initials.start(), initials.end()))
            position = initials.end()
    return words + _found(text, position, len(text))


def _found(text: str, start: int, end: int) -> list[_Word]:
    found = []
    for match in _WORD.finditer(text, start, end):
        word = match[0]
        if word == "&":
            word = "and"
        elif word.isascii() and word.isalnum():  # as most are, and the rest costs more
            word = word.lower()
        else:
            word = re.sub(r"[^\w]", "", plain(word))
        if word:
            found.append(_Word(word, match.start(), match.end()))
    return found


def _without_form(words: list[_Word]) -> tuple[int, int, str]:
    """The first and the last word of the name proper, and the legal form; at least one word is left."""
    names = [word.plain for word in words]
    first, last, form = 0, len(names), ""
    while size := _ending(names, first, last):
        form = form or AFTER[tuple(names[last - size : last])]
        last -= size
    if 0 < last < len(names) and names[last - 1] == "and":
        last += 1  # "Merck & Co." is a name of its own: only the rest of "Co., Inc." is a form
    while size := _beginning(names, first, last):
        form = form or BEFORE[tuple(names[first : first + size])]
        first += size
    return first, last, form


def _ending(names: list[str], first: int, last: int) -> int:
    """How many words the legal form has that stands last, of which at least one word is left."""
    if names[last - 1 : last] and names[last - 1] in _LAST:
        for size in range(min(LONGEST, last - first - 1), 0, -1):
            if tuple(names[last - size : last]) in AFTER:
                return size
    return 0


def _beginning(names: list[str], first: int, last: int) -> int:
    """The same of one that stands first; what "and" joins to the rest is a partner's name or initials, and no form."""
    if names[first:] and names[first] in _FIRST:
        for size in range(min(LONGEST, last - first - 1), 0, -1):
            if tuple(names[first : first + size]) in BEFORE and names[first + size] != "and":
                return size
    return 0


def _display(part: str, text: str, end: int) -> str:
    shown = " ".join(part.replace('"', " ").split()).strip(_EDGE)
    if text[end : end + 1] == ")" and "(" in shown:
        shown += ")"
    elif shown.count("(") > shown.count(")"):
        shown = shown.replace("(", "", 1)
    if shown.isupper() and (" " in shown or len(shown) > _SHORT_KEY):
        shown = " ".join(_sane(word, place == 0) for place, word in enumerate(shown.split()))
    return shown or " ".join(text.split())


def _sane(word: str, at_start: bool) -> str:
    """A word of a name that is all capitals: initials stay, the rest gets one capital for each part."""
    bare = plain(word.strip("()\"'.,"))
    if not at_start and bare in _SMALL:
        return word.lower()
    if _ROMAN.fullmatch(bare) or "." in word.strip(".") or any(map(str.isdigit, bare)):
        return word
    if len(bare) < _SHORT_KEY and not re.search("[aeiouy]", bare) and bare.isascii():
        return word
    return re.sub(r"[^\W\d_]+", lambda part: part[0][0] + part[0][1:].lower(), word)
