"""What an app may tell the book in words of its own: short, plain, and nothing of a person but an opaque id."""

import re

from frontdesk.systemdata.errors import RefusedError
from frontdesk.systemdata.spelling import holds_address

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:-]{0,127}\Z")
_LONGEST_TEXT = 200
_MAIL = re.compile(r"[^\s@]@[^\s@]")


def check_account(account: object) -> None:
    """Raise `RefusedError` where what should name an account is more than an opaque id."""
    if not isinstance(account, str) or not _ACCOUNT.match(account) or holds_address(account):
        raise RefusedError(
            "an account is named by its opaque id, 1 to 128 letters, digits or any of _ : -;"
            " a name, an e-mail address or an IP address is Account Information or worse"
        )


def check_text(what: str, text: str) -> None:
    """Raise `RefusedError` where a text is not plain. What it is may be told, for that is ours; the text may not."""
    if len(text) > _LONGEST_TEXT or not text.isprintable():
        raise RefusedError(f"{what} is more than {_LONGEST_TEXT} printable characters: that is Content")
    if _MAIL.search(text):
        raise RefusedError(f"{what} holds an e-mail address: that is Account Information")
    if holds_address(text):
        raise RefusedError(f"{what} holds an IP address: the visitor's stands in security records alone, encrypted")
