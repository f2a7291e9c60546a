"""Stores in the cloud, by fsspec: S3 and what speaks it, Google Cloud Storage, Azure Blob Storage.

Credentials come from the environment or the standard files of each, and from nowhere else.
"""

import errno
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from frontdesk.policy.errors import FrontdeskError
from frontdesk.systemdata.store import Entry, StoreError

_NEEDED = "s3 needs the extra `objects`, gs also gcsfs, az also adlfs"
_LONGEST_TOLD = 300
_TAGS = ("ETag", "etag", "md5Hash", "mtime", "created", "last_modified")
# A server that does not answer is told of in a minute or two, not in an hour.
_S3 = {"config_kwargs": {"connect_timeout": 5, "read_timeout": 30, "retries": {"max_attempts": 2}}}


class ObjectStore:
    """A bucket, or what is below a prefix in it."""

    def __init__(self, url: str) -> None:
        """Raises `FrontdeskError` where the library for it is not installed."""
        self.url = url.rstrip("/")
        self._scheme, _, self._root = self.url.partition("://")
        with self._told(""):
            self._files = _file_system(self._scheme)

    def entries(self, under: str) -> list[Entry]:
        """See `Store`."""
        try:
            with self._told(under):
                found = self._files.find(self._path(under.rstrip("/")), detail=True)
        except FileNotFoundError:
            if self._scheme == "s3":  # of what is not there it gives nothing; so it is the bucket
                raise StoreError(self.url, "there is no such bucket, or it is not for these credentials") from None
            return []
        return [self._entry(path, facts) for path, facts in found.items() if facts["type"] == "file"]

    def _entry(self, path: str, facts: dict[str, Any]) -> Entry:
        tag = next((str(facts[key]) for key in _TAGS if facts.get(key)), "")
        name = path.lstrip("/").removeprefix(self._root.lstrip("/")).lstrip("/")
        return Entry(name, int(facts["size"]), tag)

    def read(self, name: str, start: int, end: int) -> bytes:
        """See `Store`."""
        with self._told(name):
            content: bytes = self._files.cat_file(self._path(name), start=start, end=end)
        return content

    def put(self, name: str, file: Path) -> None:
        """See `Store`."""
        with self._told(name):
            self._files.put_file(str(file), self._path(name))

    def create(self, name: str, content: bytes) -> None:
        """See `Store`."""
        with self._told(name):
            self._files.pipe_file(self._path(name), content, mode="create")

    def delete(self, name: str) -> None:
        """See `Store`."""
        try:
            with self._told(name):
                self._files.rm_file(self._path(name))
        except FileNotFoundError:
            return

    def sweep(self, ours: Callable[[str], bool]) -> None:
        """See `Store`. An object that is not there whole has no name, and goes by the bucket's own rule."""

    def keeps_deleted(self) -> bool | None:
        """See `Store`. S3 tells; the others have other names for it, so of them it is not known."""
        if self._scheme != "s3":
            return None
        bucket, _, prefix = self._root.partition("/")
        try:
            with self._told(""):
                status = self._files.call_s3("get_bucket_versioning", Bucket=bucket).get("Status")
                if status != "Suspended":
                    return bool(status == "Enabled")
                told = self._files.call_s3("list_object_versions", Bucket=bucket, Prefix=f"{prefix}/" if prefix else "")
        except OSError:  # some servers cannot tell, and some may not
            return None
        # Versions from before it was suspended stay until somebody removes them.
        versions = told.get("Versions", [])
        return bool(told.get("IsTruncated") or told.get("DeleteMarkers") or not all(map(_is_the_only_one, versions)))

    def address(self, name: str) -> str | None:  # noqa: ARG002 - what another store is asked
        """See `Store`."""
        return None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}".rstrip("/")

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Whatever a library raises, as one line of `OSError`."""
        place = f"{self.url}/{name}".rstrip("/")
        try:
            yield
        except FileNotFoundError:
            raise FileNotFoundError(errno.ENOENT, "there is no such object", place) from None
        except FileExistsError:
            raise FileExistsError(errno.EEXIST, "there is one already", place) from None
        except (FrontdeskError, StoreError):
            raise
        except PermissionError as error:
            raise StoreError(place, f"the store refuses: {_words(error)}") from None
        except Exception as error:  # noqa: BLE001 - each library has its own
            raise StoreError(place, f"the store fails: {_words(error)}") from None


def _is_the_only_one(version: dict[str, Any]) -> bool:
    return bool(version.get("IsLatest") and version.get("VersionId") == "null")


def _words(error: Exception) -> str:
    told = getattr(error, "strerror", None) or str(error)
    return (" ".join(told.split()) or type(error).__name__)[:_LONGEST_TOLD]


def _file_system(scheme: str) -> Any:
    """What speaks a scheme, which remembers no listing: others change what is there."""
    try:
        fsspec = importlib.import_module("fsspec")
        settings = _S3 if scheme == "s3" else {}
        return fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True, **settings)
    except ImportError:
        raise FrontdeskError(f"{scheme}:// needs a library: pip install 'frontdesk[objects]' ({_NEEDED})") from None
    except ValueError:
        raise FrontdeskError(f"{scheme}:// is no kind of store that fsspec knows") from None
