"""A book of some weeks for the tests of the page, with organisations that nobody should believe among the others."""

from datetime import UTC, datetime
from random import Random

from frontdesk.cli.demo.past import TAG, Past
from frontdesk.enrich import EntityAnswer, Finding
from frontdesk.enrich.organisation import Evidence, Organisation
from frontdesk.geodb import NetworkRecord
from frontdesk.policy import Policy, Treatment
from frontdesk.systemdata import Exchange, Recorder, Writer
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.record import Arrived

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAYS, VISITORS = 40, 160

SCRIPT = "<script>alert(1)</script> & Söhne"
FORMULA = "=cmd|' /C calc'!A0"
LONG = "Gesellschaft für außerordentlich langwierige Forschungsvorhaben und Verwaltungsangelegenheiten " * 2
HOSTILE = {"script": SCRIPT, "formula": FORMULA, "../../etc/passwd": "Dots & slashes", "long": LONG.strip()}
"""Names by their keys."""
HOSTILE_PAGE = "/<img src=x onerror=alert(1)>"
FEW = "too few"
"""The key of an organisation of which fewer people came than may be told of."""


def write(policy: Policy) -> None:
    """Write the book, and compact it."""
    Past(policy, days=DAYS, visitors=VISITORS).write(NOW)
    book = Writer(policy.log.directory, sync_interval=None)
    recorder = Recorder(policy, "test 2026-11-01")
    for key, name in HOSTILE.items():
        _come(policy, recorder, book, key, name, 60)
    _come(policy, recorder, book, FEW, "Three Friends", 3)
    book.close(30)
    compact(policy.log.directory, NOW)


def _come(policy: Policy, recorder: Recorder, book: Writer, key: str, name: str, visitors: int) -> None:
    random = Random(key)
    evidence = Evidence("list.csv", None, 24, "own_list", "own list", name)
    organisation = Organisation(name, "business", "high", evidence, key)
    record = NetworkRecord(country="DE", as_name=name, type="business", type_reason="own list", prefix_length=24)
    arrived = Arrived("header", "203.0.113.0/24", Finding(record, organisation, None))
    for number in range(visitors):
        at = NOW.timestamp() - 86_400 * (number % 10 + 1)
        exchange = Exchange("GET", "https", None, HOSTILE_PAGE, 200)
        entity = EntityAnswer(policy.entities[0], "default")
        standing = recorder.standing(arrived, entity, Treatment.FULL, ("-", False), b"Firefox/151.0")
        assert standing is not None
        line = recorder.visit(at, standing, exchange, TAG + random.randbytes(12).hex())
        book.take(line.text, line.place)
