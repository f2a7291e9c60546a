"""The feed of answers for marketing, and the dashboard on it, run by ClickHouse's own engine."""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from frontdesk.analytics import DIMENSIONS, Question, ask
from frontdesk.analytics.export import as_json
from frontdesk.analytics.sheet import sheet
from frontdesk.policy import EXAMPLE, Policy, RetentionClass
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.tags import Record, Tags, head

from .books import NOW, PURPOSE, crowd, write
from .clickhouse import DOCS, FEEDS, Feed, documented

_DAY = date(2026, 11, 14)
_EVERYTHING = ("SELECT * FROM frontdesk_reports.answers", "SELECT * FROM frontdesk_reports.rows")


def _hours(policy: Policy, day: date) -> Record:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC).timestamp()
    counts = {f.VISITS: 200, f.ANONYMOUS: 30, f.COUNTED: 20, f.OBJECTED_DNT: 25, f.OBJECTED_GPC: 25, f.OBJECTED_BOTH: 0}
    return head("aggregate", at) | counts | Tags(policy).of(RetentionClass.AGGREGATE, "aurora-com", at)


@pytest.fixture
def weeks(policy: Policy, tmp_path: Path) -> Path:
    """What was asked for the last week that is over, by the script of the docs: a folder of answers."""
    day = datetime.now(UTC).date()
    monday = day - timedelta(day.weekday() + 7)
    policy = replace(policy, log=replace(policy.log, directory=tmp_path / "visitors-book"))
    known = crowd(policy, 40, day=monday, REFERRER="news.example") + crowd(
        policy, 30, "Other", day=monday, country="US"
    )
    few = crowd(policy, 4, "Few", day=monday, country="FR") + crowd(policy, 8, "Rare", day=monday, country="CH")
    bots = crowd(policy, 30, None, day=monday, NETWORK_TYPE="hosting", SYNTHETIC="bot")
    objected = crowd(policy, 2, "Objected", day=monday, GPC=True)
    write(policy.log.directory, [*known, *few, *bots, *objected, _hours(policy, monday)])
    done = subprocess.run(
        [FEEDS / "ask.sh", EXAMPLE, "answers"],
        cwd=tmp_path,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"answers/{monday}\n", "")
    return tmp_path / "answers" / f"{monday}"


def _queries() -> list[tuple[str, str]]:
    dashboard = json.loads((DOCS / "grafana" / "organisations.json").read_text("utf-8"))
    return [(panel["title"], target["rawSql"]) for panel in dashboard["panels"] for target in panel.get("targets", ())]


def _expanded(query: str) -> str:
    """A query as Grafana's plugin for ClickHouse sends it."""
    sent = re.sub(r"\$__dateFilter\((\w+)\)", r"\1 >= toDate('2020-01-01') AND \1 <= toDate('2100-01-01')", query)
    assert "$" not in sent
    return sent


def test_every_panel_of_the_dashboard_tells_something_and_nothing_of_a_few(feed: Feed, weeks: Path) -> None:
    feed.answers(weeks)
    told = {title: feed.engine.rows(_expanded(query)) for title, query in _queries()}
    assert [title for title, rows in told.items() if not rows] == []
    empty = [(title, row) for title, rows in told.items() for row in rows if all(v is None for v in row.values())]
    assert empty == []
    everything = str([told, *map(feed.engine.rows, _EVERYTHING)])
    for hidden in ("Few", "Rare", "FR", "CH", "Objected", "198.51.100"):
        assert f"'{hidden}'" not in everything
    named = {row["organisation"]: row["visits"] for row in told["Organisations"]}
    assert named == {"Example": 40, "Other": 30, "(others)": named["(others)"]}
    (share,) = told["Share of visits with an objection"]
    assert share["share"] == pytest.approx(0.25, abs=0.03)
    assert [row["bots"] for row in told["Bots"]] == [30]
    assert [row["note"] for row in told["How to read it"] if "db-ip.com" in row["note"]]


def test_answers_are_loaded_field_by_field_and_once(feed: Feed, policy: Policy, tmp_path: Path) -> None:
    write(policy.log.directory, crowd(policy, 40, day=_DAY) + crowd(policy, 30, "Other", day=_DAY, page="/b"))
    question = Question(PURPOSE, ("organisation", "day"), _DAY, _DAY + timedelta(6), "anna", (("country", ("DE",)),))
    answer = ask(policy, question, now=NOW)
    (tmp_path / "answer.json").write_bytes(as_json(answer, ["credit"]))
    forget = [documented(f"ALTER TABLE frontdesk_reports.{table} DELETE") for table in ("answers", "rows")]
    for _ in range(2):
        for statement in forget:
            feed.engine.run(statement.replace("$week", f"{_DAY}"))
        feed.answers(tmp_path)
    rows = feed.engine.rows("SELECT * FROM frontdesk_reports.rows ORDER BY organisation")
    expected = sorted(sheet(answer).dicts(), key=lambda row: str(row["organisation"]))
    assert [{name: row[name] for name in expected[0]} for row in rows] == expected
    assert {row["question"] for row in rows} == {"organisation,day"}
    (known,) = feed.engine.rows("SELECT * FROM frontdesk_reports.answers")
    assert json.loads(known["filter"]) == {"country": ["DE"]}
    assert (known["k"], known["asked_by"], known["shown"]) == (10, "anna", answer.visits)
    assert (known["visits"], known["attributions"]) == (answer.summary.visits, ["credit"])
    assert feed.engine.rows("SELECT * FROM frontdesk_reports.weeks") == []  # answers with a filter are no part of it


def test_tables_have_a_column_for_every_dimension(feed: Feed) -> None:
    columns = {row["name"] for row in feed.engine.rows("DESCRIBE TABLE frontdesk_reports.rows")}
    assert set(DIMENSIONS) <= columns


def test_the_dashboard_asks_nothing_but_the_answers_for_marketing() -> None:
    queries = _queries()
    tables = {table for _, query in queries for table in re.findall(r"\bFROM (\S+)", query)}
    assert len(queries) >= 12
    assert tables == {"frontdesk_reports.weeks", "frontdesk_reports.week_totals"}
    panels = json.loads((DOCS / "grafana" / "organisations.json").read_text("utf-8"))["panels"]
    identities = [panel["id"] for panel in panels]
    assert len(identities) == len(set(identities))
    assert {panel["datasource"]["type"] for panel in panels if "targets" in panel} == {"grafana-clickhouse-datasource"}
    assert "<a" in panels[-1]["options"]["content"] or "](https://db-ip.com)" in panels[-1]["options"]["content"]


def test_the_docs_show_sql_that_clickhouse_takes(feed: Feed) -> None:
    (block,) = re.findall(r"^```sql\n(.*?)^```$", (DOCS / "feeds.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    statements = [statement.strip() for statement in block.split(";") if statement.strip()]
    assert len(statements) == 2
    for statement in statements:
        feed.engine.run("SELECT formatQuery({statement:String})", {"statement": statement})


def test_answers_go_25_months_after_their_last_day(feed: Feed) -> None:
    insert = "INSERT INTO answers (since, until) VALUES (today() - 6, today()), (today() - 806, today() - 800)"
    for table in ("frontdesk_reports.answers", "frontdesk_reports.rows"):
        feed.engine.run(insert.replace("answers", table))
        feed.engine.run(f"OPTIMIZE TABLE {table} FINAL")
        assert len(feed.engine.rows(f"FROM {table} SELECT until")) == 1
