"""Asking MaxMind about one address, by MaxMind's own client.

What goes wrong is told in words of ours, for the client's own hold the address that was asked about.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from frontdesk.policy import FrontdeskError
from frontdesk.policy.model import WebService as Settings

if TYPE_CHECKING:
    from geoip2.webservice import AsyncClient

HOST = "geoip.maxmind.com"
TIMEOUT = 2.0
"""Seconds that a look-up may take. No request waits for it, but the next question does."""

SOURCES: Final = {"insights": "MaxMind GeoIP2 Insights", "city": "MaxMind GeoIP2 City Plus"}
"""The name of each service, as evidence has it."""

_REFUSALS: Final = {
    "AuthenticationError": "it does not accept the account and the key",
    "OutOfQueriesError": "the account has no look-ups left",
    "PermissionRequiredError": "the account may not use this service",
}


class Refused(Exception):  # noqa: N818 - a word of the field
    """The service does not serve this account; the message says why."""


class NotAnswered(Exception):  # noqa: N818 - the same
    """There was no answer that could be used; the message is the kind of error."""


class MaxMind:
    """One of MaxMind's web services, for one account."""

    def __init__(self, settings: Settings, host: str | None = None) -> None:
        """Load the client and read the secrets. Raises `FrontdeskError` where either is not to be had."""
        try:
            self._client = import_module("geoip2.webservice").AsyncClient
            self._errors = import_module("geoip2.errors")
        except ImportError:
            raise FrontdeskError(
                "[web_service] in the policy needs MaxMind's client: pip install 'frontdesk[web-service]'"
            ) from None
        account = settings.account.read()
        if not account.isdecimal():
            raise FrontdeskError("web_service.account in the policy: the account is a number, and this is none")
        self._account = int(account)
        self._key = settings.key.read()
        self._host = host or HOST
        self._service = settings.service
        self.source = SOURCES[settings.service]

    def connect(self) -> "AsyncClient":
        """A client, which is an asynchronous context manager. It must be made in the loop that uses it."""
        client: AsyncClient = self._client(self._account, self._key, host=self._host, timeout=TIMEOUT)
        return client

    async def ask(self, client: "AsyncClient", address: str) -> dict[str, Any] | None:
        """What the service says of an address; None where it does not know it. Raises `Refused`, `NotAnswered`."""
        try:
            model = await (client.insights(address) if self._service == "insights" else client.city(address))
            return model.to_dict()
        except self._errors.AddressNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001 - the client, its transport and a damaged answer raise nearly anything
            kind = type(error).__name__
            if kind in _REFUSALS:
                raise Refused(_REFUSALS[kind]) from None
            raise NotAnswered(kind) from None
