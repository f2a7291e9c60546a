"""Files as vendors serve them."""

import gzip
import io
import tarfile
from collections.abc import Mapping

from frontdesk.geodb.ranges import number

from ..sources.files import mmdb_of

NETWORK = (number("5.0.0.0"), number("5.0.255.255"))
EPOCH = 1_793_700_000  # 3 November 2026
TSV = "5.0.0.0\t5.0.255.255\t64500\tDE\tEXAMPLE-UNIVERSITY\n"


def country(code: str, kind: str = "DBIP-Country-Lite") -> bytes:
    """An MMDB of one network that is in a country."""
    return mmdb_of((NETWORK, {"country": {"iso_code": code}}), epoch=EPOCH, kind=kind)


def system(name: str, kind: str = "GeoLite2-ASN") -> bytes:
    """An MMDB of one network that an autonomous system announces."""
    stored = {"autonomous_system_number": 64_500, "autonomous_system_organization": name}
    return mmdb_of((NETWORK, stored), epoch=EPOCH, kind=kind)


def lite(code: str) -> bytes:
    """IPinfo Lite of one network."""
    stored = {
        "country_code": code,
        "country": "Somewhere",
        "asn": "AS64500",
        "as_name": "Example",
        "as_domain": "a.example",
    }
    return mmdb_of((NETWORK, stored), epoch=EPOCH, kind="ipinfo bundle_location_lite.mmdb")


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """A gzipped tar of files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzipped(stream.getvalue())


def gzipped(content: str | bytes) -> bytes:
    """The same bytes whenever it is called: they may stand in the name of a test."""
    return gzip.compress(content.encode() if isinstance(content, str) else content, mtime=0)
