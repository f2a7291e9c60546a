"""The request path, pure ASGI: client address, privacy signals, cookies, entity, one record per visit."""

from frontdesk.middleware.asgi import FrontDesk
from frontdesk.middleware.visit import Visit

__all__ = ["FrontDesk", "Visit"]
