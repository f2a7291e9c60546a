"""The figures: every name that can be told is documented, and no label is anything that a visitor can choose."""

import json
import logging
import re
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from frontdesk.middleware import FrontDesk
from frontdesk.middleware.board import Told, read_board
from frontdesk.middleware.metrics import Figures
from frontdesk.middleware.report import (
    COUNTS,
    KINDS,
    OTHER,
    REASONS,
    STREAM_COUNTS,
    WITHHELD,
    Report,
    StreamReport,
    Totals,
    total,
)
from frontdesk.policy import Policy, RetentionClass, Treatment

from .reports import report, stream_report, totals
from .test_no_address import ADDRESSES, requests_with, site

DOCS = Path(__file__).parents[2] / "docs"
# What each label may be; the entities and the version are the policy's, the database's name the operator's.
CLOSED = {
    "treatment": set(Treatment),
    "kind": KINDS | {WITHHELD},
    "reason": REASONS | {OTHER},
    "class": {*RetentionClass, OTHER},
    "answer": {"cached", "made"},
    "outcome": {
        "used",
        "refused",
        "cached",
        "queued",
        "dropped",
        "over_limit",
        "answered",
        "failed",
        "sent",
        "withheld",
        *(name.partition("_")[2] for name in STREAM_COUNTS),
    },
    "side": {"ship", "intake"},
    "stream": {"frontdesk"},
    "state": {"open", "degraded", "closed", "fresh", "stale", "expired", "paused", "over_limit"},
}
BUCKETS = {"0.0001", "0.0005", "0.001", "0.005", "0.01", "0.05", "0.1", "0.5", "1.0", "5.0", "+Inf"}


def families(*reports: Report, ended: Totals | None = None, streams: Sequence[StreamReport] = ()) -> list[Any]:
    text = Figures(lambda: Told(list(reports), ended or Totals(), streams)).text().decode()
    return list(text_string_to_metric_families(text))


def samples(*reports: Report, ended: Totals | None = None, streams: Sequence[StreamReport] = ()) -> list[Any]:
    return [sample for family in families(*reports, ended=ended, streams=streams) for sample in family.samples]


def value(
    name: str,
    *reports: Report,
    ended: Totals | None = None,
    streams: Sequence[StreamReport] = (),
    **labels: str,
) -> float:
    found = [
        each for each in samples(*reports, ended=ended, streams=streams) if (each.name, each.labels) == (name, labels)
    ]
    assert len(found) == 1
    return float(found[0].value)


def labels_are_closed(sample: Any, entities: set[str], databases: set[str]) -> bool:
    allowed = CLOSED | {"entity": entities, "database": databases, "version": {"2026-11-01"}, "le": BUCKETS}
    return all(name in allowed and told in allowed[name] for name, told in sample.labels.items())


def test_counters_are_the_sum_of_the_living_and_the_dead() -> None:
    two = report(), report(process=4712)
    assert value("frontdesk_visits_total", *two, treatment="full", entity="de", kind="education") == 6
    ended = totals()
    assert value("frontdesk_visits_total", *two, ended=ended, treatment="full", entity="de", kind="education") == 9
    assert value("frontdesk_book_dropped_total", *two, ended=ended, reason="disk_full") == 6
    assert value("frontdesk_workers", *two, ended=ended) == 2
    assert value("frontdesk_book_queue_capacity_bytes", *two) == 2 * (8 << 20)


def test_the_histogram_adds_up() -> None:
    assert value("frontdesk_book_write_seconds_bucket", report(), le="0.0001") == 1
    assert value("frontdesk_book_write_seconds_bucket", report(), le="0.001") == 3
    assert value("frontdesk_book_write_seconds_bucket", report(), le="+Inf") == 5
    assert value("frontdesk_book_write_seconds_count", report()) == 5
    assert value("frontdesk_book_write_seconds_sum", report()) == 6.5


def test_counters_begin_at_none_so_that_a_first_drop_is_an_increase() -> None:
    for reason in REASONS:
        assert value("frontdesk_book_dropped_total", reason=reason) == 0
    for retention_class in RetentionClass:
        told = [each for each in samples() if each.labels == {"class": retention_class}]
        assert [(each.name, each.value) for each in told] == [("frontdesk_book_written_total", 0)]


def test_states_count_workers() -> None:
    one = report(book="degraded", web_service="paused")
    old = report(database=msgspec.structs.replace(report().database, state="expired", age=40))
    assert value("frontdesk_book_state", one, report(), state="degraded") == 1
    assert value("frontdesk_book_state", one, report(), state="open") == 1
    assert value("frontdesk_web_service_state", one, report(), state="paused") == 1
    assert value("frontdesk_database_state", one, old, database="networks", state="expired") == 1
    assert value("frontdesk_database_state", one, old, database="networks", state="stale") == 0
    assert value("frontdesk_database_age_seconds", one, old, database="networks") == 40 * 86_400
    assert value("frontdesk_policy_workers", one, report(policy="next"), version="next") == 1


def test_streams_tell_what_became_of_their_records_and_how_far_they_are_behind() -> None:
    began = time.time() - 90
    both = stream_report(behind_since=began), stream_report("intake", behind=9)
    records = partial(value, "frontdesk_stream_records_total", streams=both, stream="frontdesk")
    assert [records(side="ship", outcome=outcome) for outcome in ("delivered", "expired", "refused")] == [20, 1, 2]
    outcomes = ("written", "twice", "expired", "rejected")
    assert [records(side="intake", outcome=outcome) for outcome in outcomes] == [15, 5, 1, 6]
    assert value("frontdesk_stream_damaged_segments_total", streams=both, stream="frontdesk") == 3
    assert value("frontdesk_stream_troubles_total", streams=both, stream="frontdesk") == 4
    assert value("frontdesk_stream_behind_records", streams=both, stream="frontdesk", side="ship") == 7
    assert value("frontdesk_stream_behind_records", streams=both, stream="frontdesk", side="intake") == 9
    assert 90 <= value("frontdesk_stream_behind_seconds", streams=both, stream="frontdesk") < 120
    assert value("frontdesk_stream_processes", streams=both, stream="frontdesk", side="ship") == 1


def test_a_stream_that_is_not_behind_is_so_for_no_time_and_one_that_nobody_looked_at_tells_nothing() -> None:
    assert value("frontdesk_stream_behind_seconds", streams=[stream_report(behind=0)], stream="frontdesk") == 0
    names = {sample.name for sample in samples(streams=[stream_report(behind=None)]) if sample.labels}
    assert "frontdesk_stream_records_total" in names
    assert not {name for name in names if "behind" in name}


@pytest.mark.parametrize("address", ADDRESSES)
def test_labels_stay_closed_whatever_visitors_send(
    address: str, policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1)
    desk = FrontDesk(site(), policy=policy)
    hostile = ['x" } 1\nevil{a="', "<script>", "a" * 5000, "\x7f", "frontdesk", "Princeton University"]
    for peer in ("127.0.0.1", address):
        with TestClient(desk, client=(peer, 0), raise_server_exceptions=False) as client:
            for headers in requests_with(address):
                client.get(f"/page/{address}?ip={address}", headers=headers)
                client.request(f"GET{address}", "/nowhere", headers=headers)
            for text in hostile:
                for name in ("host", "user-agent", "referer", "x-forwarded-for", "dnt", "sec-gpc", "accept-language"):
                    client.get("/page/1", headers=[(name.encode(), text.replace("\n", "").encode())])
            told = read_board(policy.log.directory)
            text = Figures(desk.told).text().decode()
    assert told.reports == [] or len(told.reports) == 1
    assert text.count("frontdesk_visits_total{") > 2
    entities = {entity.id for entity in policy.entities}
    for family in text_string_to_metric_families(text):
        assert family.name.startswith("frontdesk_")
        assert all(labels_are_closed(sample, entities, {"frontdesk-lite"}) for sample in family.samples)
    for written in ADDRESSES[address]:
        assert written not in text.lower()
        assert written not in repr(desk.report()).lower()


names = st.text(max_size=30)
counted = st.dictionaries(names, st.integers(0, 9), max_size=5)


@given(
    counts=counted,
    streamed=counted,
    written=counted,
    dropped=counted,
    kinds=st.lists(names, max_size=3),
    database=names,
    states=st.tuples(names, names, names),
)
def test_labels_stay_closed_whatever_stands_in_a_report(
    counts: dict[str, int],
    streamed: dict[str, int],
    written: dict[str, int],
    dropped: dict[str, int],
    kinds: list[str],
    database: str,
    states: tuple[str, str, str],
) -> None:
    odd = report(
        totals=totals(
            visits=tuple(msgspec.structs.replace(totals().visits[0], kind=kind) for kind in kinds),
            counts=counts,
            written=written,
            dropped=dropped,
            streams={"frontdesk": streamed},
        ),
        book=states[0],
        web_service=states[1],
        database=msgspec.structs.replace(report().database, name=database, state=states[2]),
    )
    figures = Figures(lambda: Told([odd], Totals()))
    told = [sample for family in figures.collect() for sample in family.samples]
    assert all(labels_are_closed(sample, {"de", "com"}, {database}) for sample in told)
    kept = total([odd.totals])
    assert set(kept.counts) <= {*COUNTS, OTHER}
    assert sum(kept.dropped.values()) == sum(dropped.values())
    assert sum(each.visits for each in kept.visits) == 3 * len(kinds)
    assert total([kept, Totals()]) == kept


def exported() -> dict[str, str]:
    """Every metric with its type, in the names that are queried."""
    every = families(report(web_service="open"), streams=[stream_report(), stream_report("intake")])
    return {family.name + ("_total" if family.type == "counter" else ""): family.type for family in every}


def test_every_metric_is_documented_and_nothing_else_is() -> None:
    text = (DOCS / "operations.md").read_text("utf-8")
    rows = re.findall(r"^\| `(frontdesk_[a-z_]+)`(?: \{([a-z, ]+)\})? \| ([a-z]+) \|", text, re.MULTILINE)
    assert {name: kind for name, _, kind in rows} == exported()
    shown = {
        family.name + ("_total" if family.type == "counter" else ""): {
            label for sample in family.samples for label in sample.labels if label != "le"
        }
        for family in families(report(web_service="open"), streams=[stream_report(), stream_report("intake")])
    }
    assert {name: set(filter(None, labels.split(", "))) for name, labels, _ in rows} == shown


def test_the_dashboard_asks_for_nothing_that_does_not_exist() -> None:
    dashboard = json.loads((DOCS / "grafana" / "frontdesk.json").read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    known = set(exported()) | {f"frontdesk_book_write_seconds_{part}" for part in ("bucket", "sum", "count")}
    asked = {name for query in queries for name in re.findall(r"\bfrontdesk_[a-z_]+", query)}
    assert len(queries) >= 12
    assert asked <= known
    labels = {
        label for query in queries for group in re.findall(r"by \(([a-z, ]+)\)", query) for label in group.split(", ")
    }
    assert labels <= {*CLOSED, "entity", "database", "version", "le"}
    identities = [panel["id"] for panel in dashboard["panels"]]
    assert len(identities) == len(set(identities))
