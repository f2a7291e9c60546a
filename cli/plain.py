"""Text from outside, made fit for a terminal."""


def plain(text: object) -> str:
    """The text with everything that is not printable escaped: a header may hold codes that a terminal obeys."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in str(text))
