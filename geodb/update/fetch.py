"""Fetching one source: only where it is new, all of it, the right one, and never less than was there before."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from frontdesk.geodb.errors import FetchError, SourceError
from frontdesk.geodb.manifest import sha256
from frontdesk.geodb.sources import recognise
from frontdesk.geodb.update import state as states
from frontdesk.geodb.update.download import Download, MissingError, RefusedError, drop, same_origin
from frontdesk.geodb.update.patience import Answer, Patience
from frontdesk.geodb.update.request import Request
from frontdesk.geodb.update.show import Show
from frontdesk.geodb.update.state import State
from frontdesk.geodb.update.unpack import unpack


class Fetch:
    """One source's way from its vendor to its place on disk."""

    def __init__(self, download: Download, patience: Patience, show: Show, request: Request, file: Path) -> None:
        self._download, self._patience, self._show = download, patience, show
        self._request, self._what, self._file = request, request.what, file
        self._part = file.with_name(f"{file.name}.part")
        self._ends = patience.clock() + patience.longest

    def run(self) -> bool:
        """Bring the file up to date; False where it was so already.

        What does not have its vendor's checksum is thrown away and tried once more. Raises `FetchError`, or
        `SecretError` where there is no secret; the file is then as it was.
        """
        headers = {"Authorization": self._request.authorization()} if self._request.authorization else {}
        try:
            return self._bring(headers, states.read(self._file))
        except RefusedError as error:
            raise self._error(_refusal(error.status, self._request.kept)) from None
        except OSError as error:
            raise self._error(f"cannot be kept in {self._file.parent}: {error.strerror}") from None

    def _bring(self, headers: dict[str, str], before: State | None) -> bool:
        for _ in range(2):
            expected = self._checksum(headers)
            if expected and before and before.packed == expected:
                return False
            told = self._come(headers, before)
            if told is None:
                return False
            packed = sha256(self._part)
            if expected in (None, packed):
                self._put_in_place(replace(told, packed=packed))
                return True
            drop(self._part)
        raise self._error("does not have the checksum that its vendor tells, and is thrown away")

    def _checksum(self, headers: dict[str, str]) -> str | None:
        """The SHA-256 that the vendor tells, if it tells any."""
        told = self._request.checksum
        if told is None:
            return None
        if not same_origin(told.url, self._request.urls[0]):
            headers = {}  # the secret is for the file's host only
        try:
            return told.read(self._until(lambda: self._download.note(self._what, told.url, headers)))
        except MissingError:
            raise self._error("its checksum is not there (404)") from None
        except ValueError as error:
            raise self._error(f"what should be its checksum {error}") from None

    def _come(self, headers: dict[str, str], before: State | None) -> State | None:
        """How the file came, into the part file; None where it is what it was."""
        for url in self._request.urls:
            try:
                return self._until(partial(self._attempt, url, headers, before))
            except MissingError:
                continue
        raise self._error("is not there (404): is its name right?")

    def _attempt(self, url: str, headers: dict[str, str], before: State | None) -> State | None:
        return self._download.file(self._what, url, headers, part=self._part, before=before, came=self._came)

    def _came(self, done: int, total: int | None) -> None:
        if self._patience.clock() > self._ends:
            raise self._error(f"did not come within {self._patience.longest:,.0f} seconds; the next update goes on")
        self._show.fetching(self._what, done, total)

    def _put_in_place(self, told: State) -> None:
        """Take the file out of its packing, see that it is a source, and only then let it take the old one's place."""
        new = self._file.with_name(f"{self._file.name}.new")
        try:
            unpack(self._part, self._request.packing, new)
            recognise(new)
            with new.open("rb") as stream:
                os.fsync(stream.fileno())
            # State first: where it is not that of the file, the file is fetched again.
            states.write(self._file, replace(told, sha256=sha256(new)))
            new.replace(self._file)
        except SourceError as error:
            raise self._error(f"what came {str(error).removeprefix(f'{new}: ')}") from None
        except ValueError as error:
            raise self._error(f"what came {error}") from None
        finally:
            new.unlink(missing_ok=True)
            drop(self._part)

    def _until(self, attempt: Callable[[], Answer]) -> Answer:
        return self._patience.until(self._what, attempt, self._show.waiting)

    def _error(self, problem: str) -> FetchError:
        return FetchError(self._what, problem)


def _refusal(status: int, kept: str) -> str:
    if kept:
        return (
            f"the server does not let us in ({status}): check the secret in {kept}, and that it is good for this file"
        )
    return f"the server does not let us in ({status})"
