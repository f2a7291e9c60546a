"""IPinfo: a file by token, with its checksums beside it.

https://community.ipinfo.io/t/checksum-endpoint-for-data-downloads/1667 has the checksums, and asks that they be looked
at before a download, of which there are three a day. The answer is a redirect to a signed address at another host.
"""

from frontdesk.geodb.update.checksums import in_json
from frontdesk.geodb.update.request import Checksum, Request, bearer, place
from frontdesk.policy.secret import Secret

BASE = "https://ipinfo.io"


def request(product: str, token: Secret, base: str = BASE) -> Request:
    """The request for a file, such as `ipinfo_lite.mmdb`."""
    url = f"{base}/data/{product}"
    return Request(
        f"IPinfo {product}",
        product.rpartition("/")[2],
        (url,),
        checksum=Checksum(f"{url}/checksums", in_json),
        authorization=bearer(token),
        kept=place(token),
    )
