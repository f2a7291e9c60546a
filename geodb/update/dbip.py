"""DB-IP's free databases: a gzipped MMDB for each month, which comes in the first days of it.

The MMDB says when it was made and by whom, which the CSV of the same name does not.
"""

from datetime import date, timedelta

from frontdesk.geodb.update.request import Request

BASE = "https://download.db-ip.com"


def request(edition: str, today: date, base: str = BASE) -> Request:
    """The request for an edition, such as `country-lite`: this month's, or the last one's while that is not there."""
    last_month = today.replace(day=1) - timedelta(days=1)
    urls = tuple(f"{base}/free/dbip-{edition}-{day:%Y-%m}.mmdb.gz" for day in (today, last_month))
    return Request(f"DB-IP {edition}", f"dbip-{edition}.mmdb", urls, "gzip")
