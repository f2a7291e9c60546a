"""The usual way: what tutorials show for a log of visits by country, so what the front desk is compared with.

A `BaseHTTPMiddleware` that takes the first address of `X-Forwarded-For`, asks geoip2's City reader and writes one JSON
line with `logging`. It keeps the full address, believes anybody, and writes in the request.
"""

import json
import logging
import time
from pathlib import Path

import geoip2.database
import geoip2.errors
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp


class UsualWay(BaseHTTPMiddleware):
    """Logs each request with the country and the city of its address."""

    def __init__(self, app: ASGIApp, database: Path, file: Path) -> None:
        super().__init__(app)
        self._reader = geoip2.database.Reader(database)
        self._log = logging.getLogger(f"usual.{id(self)}")
        self._log.setLevel(logging.INFO)
        self._log.propagate = False
        handler = logging.FileHandler(file)
        handler.setFormatter(logging.Formatter("%(message)s"))
        self._log.addHandler(handler)

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Answer, and log."""
        start = time.perf_counter()
        forwarded = request.headers.get("x-forwarded-for")
        address = forwarded.split(",")[0].strip() if forwarded else request.client.host if request.client else ""
        try:
            place = self._reader.city(address)
            country, city = place.country.iso_code, place.city.name
        except (geoip2.errors.AddressNotFoundError, ValueError):
            country = city = None
        response = await call_next(request)
        line = {
            "time": time.time(),
            "address": address,
            "country": country,
            "city": city,
            "method": request.method,
            "path": request.url.path,
            "status": response.status_code,
            "user_agent": request.headers.get("user-agent"),
            "seconds": time.perf_counter() - start,
        }
        self._log.info(json.dumps(line))
        return response

    def close(self) -> None:
        """Close the file of the log."""
        for handler in list(self._log.handlers):
            handler.close()
            self._log.removeHandler(handler)
        self._reader.close()
