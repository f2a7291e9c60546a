"""Names in plain letters: by this, names in any spelling are compared."""

import re
import unicodedata
from typing import Final

# The longest registry name known is 167 characters; what is longer is no name, and must not cost time.
_LONGEST_NAME: Final = 200

# Letters with a stroke or tied letters, which Unicode does not decompose.
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
)
_WORD: Final = re.compile(r"[^\W_]+")


def words_of(name: str) -> list[str]:
    """The plain words of a name, cut at whatever is neither letter nor digit; of a long text its beginning."""
    return _WORD.findall(plain(name[:_LONGEST_NAME]))


def plain(text: str) -> str:
    """The text casefolded, without accents and strokes."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(part for part in parts if unicodedata.category(part)[0] != "M").translate(_LETTERS)
