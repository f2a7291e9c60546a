"""MaxMind: a gzipped tar by account and licence key, with its SHA-256 beside it.

https://dev.maxmind.com/geoip/updating-databases says how. The answer is a redirect to a presigned address at another
host, which is not to see the account and the key.
"""

from frontdesk.geodb.update.checksums import in_lines
from frontdesk.geodb.update.request import Checksum, Request, basic, place
from frontdesk.policy.secret import Secret

BASE = "https://download.maxmind.com"


def request(edition: str, account: Secret, key: Secret, base: str = BASE) -> Request:
    """The request for an edition, such as `GeoLite2-ASN`."""
    url = f"{base}/geoip/databases/{edition}/download?suffix=tar.gz"
    return Request(
        f"MaxMind {edition}",
        f"{edition}.mmdb",
        (url,),
        "tar",
        Checksum(f"{url}.sha256", in_lines()),
        basic(account, key),
        place(account, key),
    )
