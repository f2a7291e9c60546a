"""From a source in the policy to the request that fetches it."""

from datetime import date
from typing import NamedTuple

from frontdesk.geodb.update import dbip, ipinfo, iptoasn, maxmind, url
from frontdesk.geodb.update.request import Request
from frontdesk.policy.secret import Secret
from frontdesk.policy.source import Source


class Vendors(NamedTuple):
    """Where each vendor is reached."""

    maxmind: str = maxmind.BASE
    ipinfo: str = ipinfo.BASE
    dbip: str = dbip.BASE
    iptoasn: str = iptoasn.BASE

    def request(self, source: Source, today: date) -> Request | None:
        """The request for a source; None for a file, which is not fetched."""
        match source:
            case Source(maxmind=str(edition), account=Secret() as account, key=Secret() as key):
                return maxmind.request(edition, account, key, self.maxmind)
            case Source(ipinfo=str(product), token=Secret() as token):
                return ipinfo.request(product, token, self.ipinfo)
            case Source(dbip=str(edition)):
                return dbip.request(edition, today, self.dbip)
            case Source(iptoasn=str(file)):
                return iptoasn.request(file, self.iptoasn)
            case Source(url=str(address)):
                return url.request(address, source.sha256_url, source.authorization)
        return None


EVERYBODY = Vendors()
"""The vendors themselves."""
