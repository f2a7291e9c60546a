"""Sending records by OpenTelemetry's SDK, over OTLP and HTTP. Importing this needs the extra `opentelemetry`.

The SDK's own variables hold: `OTEL_EXPORTER_OTLP_HEADERS` for a collector that asks who one is, `OTEL_SERVICE_NAME`,
`OTEL_RESOURCE_ATTRIBUTES`, and those for certificates.
"""

from importlib import import_module

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from frontdesk.middleware.export import attributes, nanoseconds
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.tags import Record

# The exporter imports it when it is first made, in our thread: a fork in the middle would leave the child half of it.
import_module("requests")


class Sender:
    """Sends batches of records to one collector, from one thread."""

    def __init__(self, endpoint: str, timeout: float) -> None:
        """`timeout` is in seconds, for one batch with everything that is tried again."""
        self._exporter = OTLPLogExporter(endpoint=endpoint, timeout=timeout)
        self._resource = Resource({"service.name": "frontdesk"}).merge(OTELResourceDetector().detect())
        self._scope = InstrumentationScope("frontdesk", schema_url=None)

    def send(self, records: list[Record]) -> bool:
        """Send records; whether the collector took them."""
        return self._exporter.export([self._log(record) for record in records]) is LogRecordExportResult.SUCCESS

    def close(self) -> None:
        """Try nothing again any more."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def _log(self, record: Record) -> ReadableLogRecord:
        at = nanoseconds(record[f.TIMESTAMP])
        log = LogRecord(
            timestamp=at,
            observed_timestamp=at,
            event_name=record[f.EVENT_NAME],
            severity_number=SeverityNumber.INFO,
            attributes=attributes(record),
        )
        return ReadableLogRecord(log, self._resource, self._scope)
