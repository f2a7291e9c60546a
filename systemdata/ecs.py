"""Records as the Elastic Common Schema names them, version 8.17, nested as Elasticsearch takes them.

`client.ip` is never filled: it wants an address, and a record has a network at most.
"""

from collections.abc import Mapping
from typing import Any

from frontdesk.systemdata import fields as f

VERSION = "8.17.0"

_NAMES = {
    f.TIMESTAMP: "@timestamp",
    f.CLIENT_NETWORK: "client.address",
    f.AS_NUMBER: "client.as.number",
    f.AS_NAME: "client.as.organization.name",
    f.COUNTRY: "client.geo.country_iso_code",
    f.REGION: "client.geo.region_iso_code",
    f.METHOD: "http.request.method",
    f.ROUTE: "url.path",
    f.STATUS: "http.response.status_code",
    f.SCHEME: "url.scheme",
    f.HOST: "url.domain",
    f.AGENT: "user_agent.name",
    f.SYNTHETIC: f.SYNTHETIC,  # ECS has no name for it, and OpenTelemetry's fits in
    f.ERROR: "error.type",
}
_OUTCOMES = {"complete": "success", "error": "failure"}
_PREFIX = "frontdesk."


def as_ecs(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record by ECS names; what ECS has no name for is among `labels`, as text, without the prefix."""
    retention_class = record[f.RETENTION_CLASS]
    dataset = record[f.EVENT_NAME]
    flat: dict[str, Any] = {
        "ecs.version": VERSION,
        "event.kind": "event",
        "event.dataset": dataset,
        "event.outcome": _OUTCOMES.get(record.get(f.OUTCOME, ""), "unknown"),
        "data_stream.type": "logs",
        "data_stream.dataset": dataset,
        "data_stream.namespace": retention_class,
    }
    if retention_class == "visit":
        flat |= {"event.category": ["web"], "event.type": ["access"]}
    labels: dict[str, str] = {}
    for name, value in record.items():
        if name in _NAMES:
            flat[_NAMES[name]] = value
        elif name.startswith(_PREFIX):
            labels |= _labels(name.removeprefix(_PREFIX).replace(".", "_"), value)
    return _nested(flat) | {"labels": labels}


def _labels(name: str, value: Any) -> dict[str, str]:
    """ECS labels are a flat mapping of keywords."""
    if isinstance(value, Mapping):
        return {f"{name}_{key}": _text(each) for key, each in value.items()}
    return {name: ", ".join(value) if isinstance(value, list) else _text(value)}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        place = tree
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return tree
