"""Whoever objected, and of whom a log says so in any form, is treated as the middleware would have treated him."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from frontdesk.geodb import Database
from frontdesk.middleware import signals
from frontdesk.middleware.bulk.hands import Here
from frontdesk.middleware.bulk.receive import Receiver
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.run import Run
from frontdesk.policy import Policy
from frontdesk.systemdata import fields as f

from .visits import records

Treated = Callable[[str, str], list[str]]

AT = "2030-03-17T17:46:40+00:00"


@pytest.fixture
def treated(policy: Policy, database: Database, tmp_path: Path) -> Treated:
    """How the visits of a log are treated."""

    def told(format_: str, text: str) -> list[str]:
        log, book = tmp_path / "access.log", tmp_path / "book"
        log.write_text(text)
        Run(Here(Receiver(policy, database, 0)), book, Rejects(tmp_path / "rejects"), format_=format_).run([log])
        return [record[f.TREATMENT] for record in records(book)]

    return told


def iis(field: str, value: str) -> str:
    """A log of IIS with one more field."""
    return f"#Fields: date time c-ip sc-status {field}\n2030-03-17 17:46:40 128.112.0.77 200 {value}\n"


def nginx(**fields: object) -> str:
    """A line of nginx in JSON."""
    told = {"time_iso8601": AT, "remote_addr": "128.112.0.77", "request": "GET / HTTP/1.1", "status": 200}
    return json.dumps(told | fields) + "\n"


def caddy(**headers: object) -> str:
    """A line of Caddy's."""
    request = {"remote_ip": "128.112.0.77", "method": "GET", "uri": "/", "headers": headers}
    return json.dumps({"ts": 1_900_000_000.5, "status": 200, "request": request}) + "\n"


def traefik(**fields: object) -> str:
    """A line of Traefik's."""
    told = {"ClientAddr": "128.112.0.77:1", "RequestMethod": "GET", "RequestPath": "/", "StartUTC": AT}
    return json.dumps(told | fields) + "\n"


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        *(
            ("iis", iis(field, "1"))
            for name in ("DNT", "Dnt", "dnt", "Sec-GPC", "Sec-Gpc", "sec-gpc")
            for field in (name, f"cs({name})", f"CS({name})")
        ),
        ("iis", iis("cs(DNT) DNT", "1 -")),
        ("iis", iis("DNT cs(DNT)", "1 0")),
        ("iis", iis("DNT", "0,+1")),
        ("cloudfront", iis("cs(dnt)", "1").replace(" ", "\t").replace("#Fields:\t", "#Fields: ")),
        ("nginx-json", nginx(http_dnt="1")),
        ("nginx-json", nginx(http_dnt=1)),
        ("nginx-json", nginx(dnt="1")),
        ("nginx-json", nginx(DNT="1")),
        ("nginx-json", nginx(http_dnt="-", dnt="1")),
        ("nginx-json", nginx(http_dnt="0, 1")),
        ("nginx-json", nginx(**{"Sec-GPC": "1"})),
        ("nginx-json", nginx(http_sec_gpc="1, 0")),
        ("caddy", caddy(Dnt=["1"])),
        ("caddy", caddy(DNT=["1"])),
        ("caddy", caddy(Dnt=["1", "0"])),
        ("caddy", caddy(Dnt=["0", "1"])),
        ("caddy", caddy(Dnt="1")),
        ("caddy", caddy(Dnt=["1"], dnt=["0"])),
        ("caddy", caddy(**{"Sec-Gpc": ["1", "0"]})),
        ("traefik", traefik(request_DNT="1")),
        ("traefik", traefik(request_Dnt="1,0")),
        ("traefik", traefik(**{"request_Sec-Gpc": "0,1"})),
        ('$remote_addr [$time_local] "$http_dnt"', '128.112.0.77 [17/Mar/2030:17:46:40 +0000] "0, 1"\n'),
        ('$Remote_addr [$time_local] "$http_DNT"', '128.112.0.77 [17/Mar/2030:17:46:40 +0000] "1"\n'),
        ('%h %t \\"%{dnt}i\\"', '128.112.0.77 [17/Mar/2030:17:46:40 +0000] "1"\n'),
    ],
)
def test_an_objection_is_heard_however_a_log_writes_it(format_: str, text: str, treated: Treated) -> None:
    assert treated(format_, text) == ["anonymous"]


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("iis", iis("cs(DNT)", "0")),
        ("iis", iis("cs(DNT)", "-")),
        ("iis", iis("DNT cs(DNT)", "- -")),
        ("caddy", caddy(Dnt=["0"])),
        ("caddy", caddy(Dnt=[])),
        ("caddy", caddy()),
        ("nginx-json", nginx(http_dnt="-")),
        ("traefik", traefik(request_DNT="0")),
    ],
)
def test_whoever_did_not_object_is_no_objector(format_: str, text: str, treated: Treated) -> None:
    assert treated(format_, text) == ["full"]


@pytest.mark.parametrize(
    "lines", [["1", "0"], ["0", "1"], ["0", "0"], ["1", "1"], ["0"], ["1"], ["x"], [""], ["", "1"]]
)
def test_a_signal_of_several_lines_is_read_as_the_middleware_reads_it(
    lines: list[str], policy: Policy, database: Database, tmp_path: Path
) -> None:
    log, book = tmp_path / "access.log", tmp_path / "book"
    log.write_text(caddy(Dnt=lines) + caddy(**{"Sec-Gpc": lines}))
    Run(Here(Receiver(policy, database, 0)), book, Rejects(tmp_path / "rejects"), format_="caddy").run([log])
    raw = [line.encode() for line in lines]
    expected = {signals.read(raw, ()), signals.read((), raw)}
    found = {signals.Signals(record[f.DNT], record[f.GPC]) for record in records(book)}
    assert found == expected
