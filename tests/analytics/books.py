"""Books for questions: visits of known visitors, written by the real writer."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from frontdesk.analytics import Answer, Question, ask
from frontdesk.policy import Policy, RetentionClass
from frontdesk.systemdata import Writer
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.tags import Record, Tags, head

from ..systemdata.keeping import keep

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
PURPOSE = "marketing_analytics"


def visit(
    policy: Policy,
    organisation: str | None = "Example",
    visitor: int | str | None = 0,
    *,
    day: date = TODAY,
    hour: int = 9,
    entity: str = "aurora-com",
    country: str = "DE",
    page: str = "/",
    **more: Any,
) -> Record:
    """A full visit as the recorder writes it; `more` are fields by their names in `fields`, such as `NETWORK_TYPE`."""
    when = datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()
    told: Record = {
        f.COUNTRY: country,
        f.CLIENT_NETWORK: "198.51.100.0/24",
        f.NETWORK_TYPE: "business" if organisation else "isp",
        f.MAY_IDENTIFY: False,
        f.DATABASE: "frontdesk-lite 2026-06-17",
        f.ROUTE: page,
        f.DNT: "unset",
        f.GPC: False,
        f.TREATMENT: "full",
        f.ENTITY_REASON: "host",
    }
    if organisation:
        told |= {
            f.ORGANISATION: organisation,
            f.ORGANISATION_KEY: organisation.lower(),
            f.ORGANISATION_KIND: "business",
            f.ORGANISATION_CONFIDENCE: "medium",
            f.ORGANISATION_SOURCE: "asn",
            f.ORGANISATION_METHOD: "as_name",
            f.ORGANISATION_RULE: "word: instruments",
            f.ORGANISATION_PREFIX: 16,
        }
    else:
        told[f.ORGANISATION_REASON] = "access_network"
    if visitor is not None:
        told[f.DAILY_ID] = id_of(f"{visitor} {day} {entity}")
    told |= {getattr(f, name): value for name, value in more.items()}
    record = head("visit", when) | {name: value for name, value in told.items() if value is not None}
    return record | Tags(policy).of(RetentionClass.VISIT, entity, when) | _tags(more)


def _tags(more: Mapping[str, Any]) -> Record:
    return {getattr(f, name): value for name, value in more.items() if name in {"PURPOSES", "EXPIRES_AT"}}


def id_of(visitor: str, key: str = "00000000") -> str:
    """An id of the day, by a key of which it begins with the tag."""
    return key + sha256(visitor.encode()).hexdigest()[:24]


def crowd(policy: Policy, count: int, organisation: str | None = "Example", **more: Any) -> list[Record]:
    """So many visitors of one day, one visit each."""
    return [visit(policy, organisation, f"{organisation} {number}", **more) for number in range(count)]


def counts(policy: Policy, visits: int, dnt: int, gpc: int, entity: str = "aurora-com", days_ago: int = 0) -> Record:
    """What an hour counted: visits, and those that came with Do Not Track and with Global Privacy Control."""
    day = TODAY - timedelta(days_ago)
    when = datetime(day.year, day.month, day.day, 9, tzinfo=UTC).timestamp()
    told = {f.VISITS: visits, f.ANONYMOUS: dnt, f.COUNTED: gpc}
    told |= {f.OBJECTED_DNT: dnt, f.OBJECTED_GPC: gpc, f.OBJECTED_BOTH: 0}
    return head("aggregate", when) | told | Tags(policy).of(RetentionClass.AGGREGATE, entity, when)


def kept_long(policy: Policy) -> Policy:
    """The policy with periods that no clock of a test's machine passes."""
    return keep(policy, visit=365_000, aggregate=365_000, audit=365_000)


def write(directory: Path, records: Iterable[Record]) -> None:
    """Write records into a book and seal them."""
    book = Writer(directory)
    for record in records:
        assert enter(record, book)
    book.close()


def question(*by: str, days: int = 30, until: date = TODAY, **more: Any) -> Question:
    """A question for marketing; `where` as a mapping of a dimension to a value or several."""
    where = tuple(
        (name, (values,) if isinstance(values, str) else tuple(values))
        for name, values in dict(more.pop("where", {})).items()
    )
    told: dict[str, Any] = {
        "purpose": PURPOSE,
        "asked_by": "anna",
        "since": until - timedelta(days - 1),
        "until": until,
    } | more
    return Question(by=by or ("organisation",), where=where, **told)


def asked(policy: Policy, *by: str, **more: Any) -> Answer:
    """The answer at a time that the book knows, with no audit record."""
    accounts = more.pop("accounts", None)
    now = more.pop("now", NOW)
    return ask(policy, question(*by, **more), now=now, accounts=accounts, witness=lambda _: None)


def rows(answer: Answer) -> dict[tuple[str, ...], tuple[int, int]]:
    """Visits and visitors of each row."""
    return {row.key: (row.visits, row.visitors) for row in answer.rows}
