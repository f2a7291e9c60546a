"""Errors that are told at the end: all of them, each once."""

from frontdesk.systemdata import BookError
from frontdesk.systemdata.afterwards import afterwards, together, told


def broken(words: str, beside: str | None = None) -> Exception:
    """An error, with a note of what failed beside it."""

    def fail() -> None:
        if beside is not None:
            raise BookError("book", beside)

    try:
        with afterwards(fail):
            raise BookError("book", words)
    except BookError as error:
        return error


def test_errors_that_are_told_together_are_each_told_once() -> None:
    several = [broken("one", "beside"), broken("two", "beside"), broken("one"), broken("three"), broken("two")]
    assert told(together(several)) == ["book: one", "book: beside", "book: two", "book: three"]


def test_an_error_that_is_alone_is_told_as_it_is() -> None:
    error = broken("one", "beside")
    assert together([error]) is error
    assert told(error) == ["book: one", "book: beside"]
