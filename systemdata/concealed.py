"""An address that a request must keep for a moment, out of every text that is made of it."""

from typing import Final, NoReturn


class Concealed:
    """A packed address, or None, that no `repr`, traceback or pickle shows."""

    __slots__ = ("_address",)

    def __init__(self, address: bytes | None = None) -> None:
        self._address = address

    def reveal(self) -> bytes | None:
        """The address, for what encrypts or hashes it."""
        return self._address

    def __repr__(self) -> str:
        return "<concealed>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an address is not to leave the process")


NOWHERE: Final = Concealed()
"""Stands for the address of a visitor that has gone, or never had one."""
