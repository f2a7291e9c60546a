"""Any URL: a mirror, another vendor, the group's own list."""

import hashlib
import re
from urllib.parse import urlsplit

from msgspec import UNSET, UnsetType

from frontdesk.geodb.update.checksums import in_lines
from frontdesk.geodb.update.request import Checksum, Packing, Request, place
from frontdesk.policy.secret import Secret

_LONGEST_NAME = 80


def request(url: str, sha256_url: str | UnsetType = UNSET, authorization: Secret | UnsetType = UNSET) -> Request:
    """The request for a URL. `authorization` holds a whole header, such as `Bearer …`."""
    parts = urlsplit(url)
    base = parts.path.rpartition("/")[2]
    # Two URLs may end alike, so part of their digest stands before the name.
    name = f"{hashlib.sha256(url.encode()).hexdigest()[:8]}-{_plain(base)}"
    return Request(
        # The query may hold what is nobody's business.
        f"{parts.hostname}{parts.path}",
        name,
        (url,),
        _packing(base),
        Checksum(sha256_url, in_lines(base)) if isinstance(sha256_url, str) else None,
        authorization.read if isinstance(authorization, Secret) else None,
        place(authorization) if isinstance(authorization, Secret) else "",
    )


def _plain(name: str) -> str:
    """A name that any file system takes, without the endings of what is unpacked."""
    for ending, instead in ((".mmdb.gz", ".mmdb"), (".tar.gz", ".mmdb"), (".tgz", ".mmdb")):
        if name.endswith(ending):
            name = name.removesuffix(ending) + instead
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[-_LONGEST_NAME:] or "file"


def _packing(name: str) -> Packing:
    """MMDB is unpacked; text is read packed."""
    if name.endswith(".mmdb.gz"):
        return "gzip"
    return "tar" if name.endswith((".tar.gz", ".tgz")) else "none"
