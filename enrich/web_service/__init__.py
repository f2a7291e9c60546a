"""MaxMind's web service as a source of organisations, off the request path. The policy switches it on."""

from frontdesk.enrich.web_service.service import MISSES, Statistics, WebService

__all__ = ["MISSES", "Statistics", "WebService"]
