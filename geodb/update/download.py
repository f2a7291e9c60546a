"""One HTTP request and its answer, put into a part file that a later attempt can go on with."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2

from frontdesk.geodb.errors import FetchError
from frontdesk.geodb.update import state as states
from frontdesk.geodb.update.patience import Trouble, asked_pause
from frontdesk.geodb.update.state import State
from frontdesk.geodb.update.unpack import LARGEST
from frontdesk.policy.source import LOOPBACK

Headers = Mapping[str, str]

_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
# The bytes are wanted as they lie there: ranges and checksums are of those. DB-IP refuses clients without a name.
_HEADERS = {"User-Agent": "frontdesk", "Accept-Encoding": "identity"}
_LARGEST_NOTE = 64 * 1024
_ROOM: Final = 64 * 1024 * 1024  # bytes of the disk that are left free
_PRIVATE = 0o600

_OK, _PARTIAL, _UNCHANGED, _NO_SUCH_RANGE = 200, 206, 304, 416
_REFUSED, _MISSING, _BUSY, _SERVER_FAILED = (401, 403), (404, 410), (408, 425, 429), 500


class MissingError(Exception):
    """There is nothing at an address."""


class RefusedError(Exception):
    """The server does not let us in."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


class Download:
    """Asks for files, one after the other, over connections that it keeps.

    `Trouble` is raised where another attempt may help, `MissingError` where nothing is there, `RefusedError` where we
    are not let in, else `FetchError`.
    """

    def __init__(self) -> None:
        self._client = httpx2.Client(
            headers=_HEADERS,
            timeout=_TIMEOUT,
            follow_redirects=True,
            max_redirects=5,
            event_hooks={"request": [self._require_privacy]},
        )
        self._what = ""
        self._local = False

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def note(self, what: str, url: str, headers: Headers) -> bytes:
        """A small answer, such as a checksum."""
        with self._answer(what, url, headers) as answer:
            if answer.status_code != _OK:
                raise FetchError(what, f"the server answers {answer.status_code}")
            raw = b""
            for block in answer.iter_raw():
                raw += block
                if len(raw) > _LARGEST_NOTE:
                    raise FetchError(what, "a checksum is not that long")
            return raw

    def file(
        self,
        what: str,
        url: str,
        headers: Headers,
        *,
        part: Path,
        before: State | None,
        came: Callable[[int, int | None], None],
    ) -> State | None:
        """Put what is at an address into a part file; None where it is still what it was before.

        A part file of the same content is gone on with. `came` is called with the bytes that are here and their
        number in all; it may raise.
        """
        half = _half(part, url)
        if half:
            start = part.stat().st_size
            asked = {"Range": f"bytes={start}-", "If-Range": half.validator()}
        else:
            start = 0
            asked = before.conditions() if before and before.origin == states.origin(url) else {}
        with self._answer(what, url, {**headers, **asked}) as answer:
            status = answer.status_code
            if status == _UNCHANGED and not half and asked:
                return None
            if status == _NO_SUCH_RANGE and half:
                drop(part)
                raise Trouble("what came before is of no use")
            if status == _PARTIAL and half:
                _require_start(what, answer, start)
            elif status == _OK:
                start = 0
            else:
                raise FetchError(what, f"the server answers {status}")
            total = _total(what, answer, start, part)
            told = State(
                origin=states.origin(url),
                etag=answer.headers.get("ETag", ""),
                last_modified=answer.headers.get("Last-Modified", ""),
            )
            states.write(part, told)
            _store(what, answer, part, start, lambda done: came(done, total))
            return told

    @contextmanager
    def _answer(self, what: str, url: str, headers: Headers) -> Iterator[httpx2.Response]:
        """The answer to a request, if it is one that can be used."""
        self._what, self._local = what, _is_local(url)
        try:
            with self._client.stream("GET", url, headers=headers) as answer:
                _require_use(answer)
                yield answer
        except httpx2.TimeoutException:
            raise Trouble("the server does not answer in time") from None
        except httpx2.ConnectError as error:
            raise Trouble(f"no connection ({' '.join(str(error).split())})") from None
        except httpx2.TransportError:  # its words may quote what was sent
            raise Trouble("the connection broke off") from None
        except (httpx2.TooManyRedirects, httpx2.InvalidURL):
            raise FetchError(what, "the server sends us round in circles") from None
        except UnicodeError:  # of a host's name that cannot be one
            raise FetchError(what, "the address, or the one that the server sends us to, is none") from None

    def _require_privacy(self, request: httpx2.Request) -> None:
        """Refuse to be sent to where anybody on the way can read, and write."""
        if request.url.scheme != "https" and not (self._local and _is_local(str(request.url))):
            raise FetchError(self._what, "the server sends us to an address without TLS")


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses are of one server: scheme, host and port (RFC 6454)."""
    first, second = httpx2.URL(one), httpx2.URL(other)
    return (first.scheme, first.host, first.port) == (second.scheme, second.host, second.port)


def drop(part: Path) -> None:
    """Forget what came."""
    part.unlink(missing_ok=True)
    states.beside(part).unlink(missing_ok=True)


def _is_local(url: str) -> bool:
    return re.fullmatch(LOOPBACK, url) is not None


def _half(part: Path, url: str) -> State | None:
    """How the first part of what is at an address came; None where there is none that can be gone on with."""
    told = states.recalled(part)
    usable = told and told.origin == states.origin(url) and told.validator()
    return told if usable and part.exists() and part.stat().st_size else None


def _require_use(answer: httpx2.Response) -> None:
    status = answer.status_code
    if status in _MISSING:
        raise MissingError
    if status in _BUSY or status >= _SERVER_FAILED:
        raise Trouble(f"the server answers {status}", asked_pause(answer.headers.get("Retry-After")))
    if status in _REFUSED:
        raise RefusedError(status)


def _require_start(what: str, answer: httpx2.Response, start: int) -> None:
    if not re.match(rf"bytes {start}-", answer.headers.get("Content-Range", "")):
        raise FetchError(what, "the server sends another part of the file than it was asked for")


def _total(what: str, answer: httpx2.Response, start: int, part: Path) -> int | None:
    """How many bytes there will be, as far as the server says; they must fit."""
    length = answer.headers.get("Content-Length")
    if length is None:
        if answer.headers.get("Transfer-Encoding", "").lower() != "chunked":
            raise FetchError(what, "the server does not say how long the file is, so nobody knows when it is whole")
        return None
    total = start + int(length)
    if total > LARGEST:
        raise FetchError(what, f"would be {total:,} bytes, and at most {LARGEST:,} are taken")
    if int(length) > shutil.disk_usage(part.parent).free - _ROOM:
        raise FetchError(what, f"would be {total:,} bytes, for which the disk of {part.parent} has no room")
    return total


def _store(what: str, answer: httpx2.Response, part: Path, start: int, came: Callable[[int], None]) -> None:
    """Write the body behind what is here already, and bring it to the disk, whole or not."""
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT, _PRIVATE), "r+b") as stream:
        stream.truncate(start)
        stream.seek(start)
        done = start
        came(done)
        try:
            # As they come: what waits for a block to be full is lost where the connection breaks off.
            for block in answer.iter_raw():
                done += len(block)
                if done > LARGEST:
                    raise FetchError(what, f"is longer than {LARGEST:,} bytes")
                stream.write(block)
                came(done)
        finally:
            stream.flush()
            os.fsync(stream.fileno())
