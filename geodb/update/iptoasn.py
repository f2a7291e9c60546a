"""iptoasn.com: gzipped TSV, read as it comes."""

from frontdesk.geodb.update.request import Request

BASE = "https://iptoasn.com"


def request(file: str, base: str = BASE) -> Request:
    """The request for a file, such as `ip2asn-combined.tsv.gz`."""
    return Request(f"iptoasn {file}", file, (f"{base}/data/{file}",))
