"""What every log format must do: the contract, kept by each with lines as its server writes them."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import zstandard

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.formats import NAMES, detect, named
from frontdesk.enrich.logs.source import Source
from frontdesk.policy import FrontdeskError


class Request(NamedTuple):
    """A request, as a server saw it."""

    second: int
    peer: str
    method: str = "GET"
    target: str = "/"
    status: int = 200
    user_agent: str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    referrer: str = "https://news.example.org/a?b=c"
    forwarded: str = "203.0.113.9, 198.51.100.7"
    host: str = "www.aurora.example"

    @property
    def moment(self) -> datetime:
        """When it happened."""
        return datetime.fromtimestamp(self.second, UTC)


REQUESTS = [
    Request(1_900_000_000, "128.112.0.77"),
    Request(1_900_000_001, "2001:db8::7", "POST", "/products/7?x=1", 404),
    Request(1_900_086_400, "192.0.2.9", status=302, user_agent="curl/8.5.0"),
]


def _nginx(text: str | None) -> str:
    return text or "-"


def _combined(one: Request, more: str = "") -> str:
    at = one.moment.strftime("%d/%b/%Y:%H:%M:%S +0000")
    request = f"{one.method} {one.target} HTTP/1.1"
    return f'{one.peer} - - [{at}] "{request}" {one.status} 512 "{one.referrer}" "{one.user_agent}"{more}'


def _common(one: Request) -> str:
    return _combined(one).rsplit(' "', 2)[0]


def _nginx_json(one: Request) -> str:
    told = {
        "time_iso8601": one.moment.isoformat(),
        "remote_addr": one.peer,
        "request": f"{one.method} {one.target} HTTP/1.1",
        "status": str(one.status),
        "http_referer": one.referrer,
        "http_user_agent": one.user_agent,
        "http_x_forwarded_for": one.forwarded,
        "host": one.host,
        "scheme": "https",
    }
    return json.dumps(told)


def _caddy(one: Request) -> str:
    request = {
        "remote_ip": one.peer,
        "remote_port": "50222",
        "proto": "HTTP/2.0",
        "method": one.method,
        "host": one.host,
        "uri": one.target,
        "headers": {
            "User-Agent": [one.user_agent],
            "Referer": [one.referrer],
            "X-Forwarded-For": [one.forwarded],
        },
        "tls": {"version": 772},
    }
    return json.dumps(
        {
            "level": "info",
            "ts": float(one.second),
            "logger": "http.log.access",
            "request": request,
            "status": one.status,
        }
    )


def _traefik(one: Request) -> str:
    peer = f"[{one.peer}]" if ":" in one.peer else one.peer
    told = {
        "ClientAddr": f"{peer}:50222",
        "DownstreamStatus": one.status,
        "RequestHost": one.host,
        "RequestMethod": one.method,
        "RequestPath": one.target,
        "RequestScheme": "https",
        "StartUTC": one.moment.strftime("%Y-%m-%dT%H:%M:%S.000000000Z"),
        "request_User-Agent": one.user_agent,
        "request_Referer": one.referrer,
        "request_X-Forwarded-For": one.forwarded,
    }
    return json.dumps(told)


def _cloudfront(one: Request) -> str:
    stem, _, query = one.target.partition("?")
    agent = quote(one.user_agent, safe="/();:,").replace("%", "%25")
    at = (one.moment.strftime("%Y-%m-%d"), one.moment.strftime("%H:%M:%S"))
    fields = (
        *at,
        "FRA2-C1",
        "512",
        one.peer,
        one.method,
        "d1.example",
        stem,
        str(one.status),
        one.referrer,
        agent,
        query or "-",
    )
    return "\t".join((*fields, "https", one.host, one.forwarded.replace(" ", "%20")))


def _iis(one: Request) -> str:
    stem, _, query = one.target.partition("?")
    agent, at = one.user_agent.replace(" ", "+"), one.moment.strftime("%Y-%m-%d %H:%M:%S")
    return (
        f"{at} 10.0.0.1 {one.method} {stem} {query or '-'} 443 - {one.peer} {agent} {one.referrer} {one.status} 0 0 15"
    )


def _alb(one: Request) -> str:
    at = one.moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    request = f"{one.method} https://{one.host}:443{one.target} HTTP/2.0"
    peer = f"[{one.peer}]" if ":" in one.peer else one.peer
    return (
        f"h2 {at} app/lb/5 {peer}:2817 10.0.0.1:80 0.000 0.001 0.000 {one.status} {one.status} 34 366"
        f' "{request}" "{one.user_agent}" ECDHE TLSv1.2 arn:aws:x "Root=1-5" "{one.host}" "session-reused" 0 {at} "-"'
    )


_CLOUDFRONT_FIELDS = (
    "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status"
    " cs(Referer) cs(User-Agent) cs-uri-query cs-protocol x-host-header x-forwarded-for\n"
)
_IIS_FIELDS = (
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Fields: date time s-ip cs-method"
    " cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus"
    " sc-win32-status time-taken\n"
)
_ALWAYS = {c.TIME, c.PEER, c.METHOD, c.TARGET, c.STATUS}
_BROWSER = {c.USER_AGENT, c.REFERRER}
_SITE = {c.HOST, c.SCHEME}
_FORWARDED = {c.header("x-forwarded-for")}


class Kept(NamedTuple):
    """How a server writes a request, what comes before, and which columns the line has."""

    write: Callable[[Request], str]
    columns: set[str]
    head: str = ""


CONTRACT = {
    "common": Kept(_common, _ALWAYS),
    "combined": Kept(_combined, _ALWAYS | _BROWSER),
    "main": Kept(lambda one: _combined(one, f' "{one.forwarded}"'), _ALWAYS | _BROWSER | _FORWARDED),
    "vhost_combined": Kept(lambda one: f"{one.host}:443 {_combined(one)}", _ALWAYS | _BROWSER | {c.HOST}),
    "nginx-json": Kept(_nginx_json, _ALWAYS | _BROWSER | _SITE | _FORWARDED),
    "caddy": Kept(_caddy, _ALWAYS | _BROWSER | _SITE | _FORWARDED),
    "traefik": Kept(_traefik, _ALWAYS | _BROWSER | _SITE | _FORWARDED),
    "cloudfront": Kept(_cloudfront, _ALWAYS | _BROWSER | _SITE | _FORWARDED, _CLOUDFRONT_FIELDS),
    "iis": Kept(_iis, _ALWAYS | _BROWSER, _IIS_FIELDS),
    "alb": Kept(_alb, _ALWAYS | {c.USER_AGENT} | _SITE),
}


def expected(one: Request, names: set[str]) -> dict[str, Any]:
    """The columns of a request."""
    told = {
        c.TIME: one.second * 1000,
        c.PEER: one.peer,
        c.METHOD: one.method,
        c.TARGET: one.target,
        c.STATUS: one.status,
        c.USER_AGENT: one.user_agent,
        c.REFERRER: one.referrer,
        c.HOST: one.host,
        c.SCHEME: "https",
        c.header("x-forwarded-for"): one.forwarded,
    }
    return {name: told[name] for name in names}


def log_of(name: str, lines: list[str], end: str = "\n") -> bytes:
    """A log in a format."""
    return (CONTRACT[name].head + "".join(line + end for line in lines)).encode("latin-1")


def test_every_format_that_has_a_name_keeps_the_contract() -> None:
    assert set(CONTRACT) == set(NAMES)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", CONTRACT)
def test_a_format_reads_what_its_server_writes(name: str, end: str) -> None:
    kept = CONTRACT[name]
    log = log_of(name, [kept.write(one) for one in REQUESTS], end)
    batch = named(name).read(log)
    assert batch.rejects == []
    rows = batch.columns.to_dicts()
    found = [{column: row[column] for column in kept.columns} for row in rows]
    assert [without_port(row) for row in found] == [expected(one, kept.columns) for one in REQUESTS]
    assert batch.lines - batch.comments == len(REQUESTS)
    told = {column for row in rows for column, value in row.items() if value is not None}
    assert told == kept.columns


def without_port(row: dict[str, Any]) -> dict[str, Any]:
    """A host may have its port, as the header has it; blanks of a list may be encoded."""
    host = {c.HOST: row[c.HOST].partition(":")[0]} if c.HOST in row else {}
    forwarded = c.header("x-forwarded-for")
    return row | host | ({forwarded: row[forwarded].replace("%20", " ")} if forwarded in row else {})


@pytest.mark.parametrize("name", CONTRACT)
def test_a_format_is_told_by_what_a_log_holds(name: str) -> None:
    log = log_of(name, [CONTRACT[name].write(one) for one in REQUESTS])
    assert detect("a.log", log).name == name


@pytest.mark.parametrize("bad", ["nonsense", "", '{"a":1}', '"""""""', "- - -", "\x00\xff", "[" * 5000])
@pytest.mark.parametrize("name", CONTRACT)
def test_a_line_of_another_form_is_rejected_by_its_number_and_the_others_are_read(name: str, bad: str) -> None:
    good = [CONTRACT[name].write(one) for one in REQUESTS]
    log = log_of(name, [good[0], bad, *good[1:]])
    batch = named(name).read(log)
    before = CONTRACT[name].head.count("\n")
    assert [number - before for number, _ in batch.rejects] == [2]
    assert len(batch.columns) == 3
    assert batch.line.tolist() == [before + 1, before + 3, before + 4]


@pytest.mark.parametrize("name", sorted(set(CONTRACT) - {"cloudfront", "iis"}))
def test_a_line_whose_time_is_none_is_rejected(name: str) -> None:
    line = CONTRACT[name].write(REQUESTS[0])
    for old in ("17/Mar/2030", "2030-03-17T", str(float(1_900_000_000))):
        line = line.replace(
            old, {"1": "99/Xxx/2030", "2": "2030-99-99T"}.get(old[0], "null") if "." not in old else "null"
        )
    batch = named(name).read(log_of(name, [line]))
    assert len(batch.columns) == 0
    assert [reason for _, reason in batch.rejects] == ["the time cannot be read"]


@pytest.mark.parametrize("name", CONTRACT)
def test_a_log_cut_anywhere_tells_the_same(name: str) -> None:
    log = log_of(name, [CONTRACT[name].write(one) for one in REQUESTS])
    whole = named(name).read(log)
    for cut in [place + 1 for place, byte in enumerate(log) if byte == 10]:
        first = named(name)
        parts = [first.read(log[:cut])]
        if cut < len(log):
            parts.append(first.following(log[:cut]).read(log[cut:]))
        assert [row for part in parts for row in part.columns.to_dicts()] == whole.columns.to_dicts()


@pytest.mark.parametrize(
    "pack",
    [
        bytes,
        gzip.compress,
        zstandard.compress,
        lambda log: gzip.compress(log[:90]) + gzip.compress(log[90:]),
        lambda log: zstandard.compress(log[:90]) + zstandard.compress(b"") + zstandard.compress(log[90:]),
    ],
)
def test_a_log_is_read_however_it_is_packed(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    log = log_of("combined", [_combined(one) for one in REQUESTS])
    path = tmp_path / "access.log"
    path.write_bytes(pack(log))
    with Source(path) as source:
        blocks = list(source.blocks(200))
    assert b"".join(block.data for block in blocks) == log
    assert [block.first for block in blocks] == [1, 2, 3]


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:500] + b"\xff" * 500 + packed[1000:],
        lambda packed: packed[:-1],
        lambda packed: packed[:-50],
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed + packed[:20],
    ],
)
@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor(write_checksum=True).compress])
def test_a_damaged_pack_is_told_in_one_line(
    pack: Callable[[bytes], bytes], damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "access.log.packed"
    path.write_bytes(damage(pack("".join(f"{number**3}\n" for number in range(30_000)).encode())))
    with (
        pytest.raises(FrontdeskError, match=r"access.log.packed: cannot be read: the compressed data is damaged"),
        Source(path) as source,
    ):
        list(source.blocks())


@pytest.mark.parametrize(
    "more",
    [
        ['"1"', '"-"', '"-"'],
        ['"-"', '"0"', '"-"'],
        ['"-"', '"-"', '"1, 0"'],
        ['"1;x"', '"-"', '"-"'],
        ['"0.003"', '"0.120"', '"12"'],
        ["1", "-", "-"],
        ["- 0.25 0", "- 0.25 -", "- 0.25 -"],
    ],
)
@pytest.mark.parametrize("kept", ["common", "combined", "vhost_combined"])
def test_a_field_more_that_may_be_a_signal_is_not_guessed(kept: str, more: list[str]) -> None:
    lines = [f"{CONTRACT[kept].write(one)} {field}" for one, field in zip(REQUESTS, more, strict=True)]
    with pytest.raises(FrontdeskError, match=r"a\.log: is in no format that is known: give it as --format, common"):
        detect("a.log", log_of("combined", lines))


@pytest.mark.parametrize("signals", [["1", "-", "-"], ["-", "0", "1"], ["1, 0", "1;x", "-"], ["1", "1", "Mozilla/5.0"]])
@pytest.mark.parametrize("place", ['"{}" "-"', '"-" "{}"', '"{}" "{}"', '"{}" "-" "-"', '"-" "{}" "-"'])
def test_signals_where_combined_has_other_things_are_not_guessed_to_be_those(signals: list[str], place: str) -> None:
    """`common` with two signals behind it has the shape of `combined`, and with a header more that of `main`."""
    lines = [
        f"{CONTRACT['common'].write(one)} {place.replace('{}', signal)}"
        for one, signal in zip(REQUESTS, signals, strict=True)
    ]
    with pytest.raises(FrontdeskError, match=r"a\.log: is in no format that is known: give it as --format, common"):
        detect("a.log", log_of("combined", lines))


@pytest.mark.parametrize("odd", ['"-" "1"', '"1" "Mozilla/5.0"', '"1" "1"'])
def test_a_client_that_sends_a_number_for_its_name_does_not_hide_the_format(odd: str) -> None:
    common = [CONTRACT["common"].write(one) for one in REQUESTS]
    lines = [f"{common[0]} {odd}", *(f'{line} "-" "Mozilla/5.0"' for line in common)]
    assert detect("a.log", log_of("combined", lines)).name == "combined"


@pytest.mark.parametrize(
    "more",
    [
        ["-", "-", "-"],
        ["", "", ""],
        ["192.0.2.1", "-", "2001:db8::1"],
        ["192.0.2.1, 198.51.100.1:4711", "[2001:db8::1]:443, 192.0.2.1", "unknown, 192.0.2.1"],
        ["nonsense", "192.0.2.1", "192.0.2.2"],
    ],
)
def test_addresses_in_a_field_more_are_a_forwarding_header(more: list[str]) -> None:
    lines = [f'{_combined(one)} "{field}"' for one, field in zip(REQUESTS, more, strict=True)]
    assert detect("a.log", log_of("combined", lines)).name == "main"


def test_a_number_that_is_no_signal_may_stand_behind_a_line() -> None:
    lines = [f"{_combined(one)} {number}" for one, number in zip(REQUESTS, ["0.003", "1234", "12"], strict=True)]
    assert detect("a.log", log_of("combined", lines)).name == "combined"


@pytest.mark.parametrize("signal", ["1", "0", "1, 0", "0,1", "1;x"])
def test_a_signal_where_main_has_addresses_is_no_line_of_it(signal: str) -> None:
    told = ["192.0.2.1", signal, "1.2.3.4", "-", "", "10.0.0.1", "1::1"]
    batch = named("main").read(log_of("main", [f'{_combined(REQUESTS[0])} "{value}"' for value in told]))
    assert batch.rejects == [(2, "the line is not of the format")]


def test_a_log_of_no_known_format_is_refused_with_what_to_do() -> None:
    with pytest.raises(
        FrontdeskError, match=r"a\.log: is in no format that is known: give it as --format, common, combined"
    ):
        detect("a.log", b"hello\nworld\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('$msec $remote_addr "$http_dnt" $status', '1900000000.250 192.0.2.1 "1" 200'),
        ("[$time_iso8601]|$remote_addr|$status|$http_dnt", "[2030-03-17T17:46:40+00:00]|192.0.2.1|200|1"),
        ('%{sec}t %a \\"%{DNT}i\\" %>s', '1900000000 192.0.2.1 "1" 200'),
        ("%{%d/%m/%Y %H.%M.%S}t;%h;%{DNT}i;%s", "17/03/2030 17.46.40;192.0.2.1;1;200"),
        ("%{%d/%b/%Y %T}t;%h;%{DNT}i;%s", "17/Mar/2030 17:46:40;192.0.2.1;1;200"),
        ("%{%F %R:%S %z}t;%h;%{DNT}i;%s", "2030-03-17 19:46:40 +0200;192.0.2.1;1;200"),
        ("%{end:%D %%%T}t;%h;%{DNT}i;%s", "03/17/30 %17:46:40;192.0.2.1;1;200"),
        ("%{%h %e %Y %I:%M:%S %p}t;%h;%{DNT}i;%s", "Mar 17 2030 05:46:40 PM;192.0.2.1;1;200"),
        ("%{begin:sec}t;%h;%{DNT}i;%s", "1900000000;192.0.2.1;1;200"),
        ("%{%s}t;%h;%{DNT}i;%s", "1900000000;192.0.2.1;1;200"),
        ("%t %{msec_frac}t;%h;%{DNT}i;%s", "[17/Mar/2030:19:46:40 +0200] 123;192.0.2.1;1;200"),
        ("%{%d/%b/%Y:%H:%M:%S.%f %z}t;%h;%{DNT}i;%s", "17/Mar/2030:19:46:40.123 +0200;192.0.2.1;1;200"),
        (
            "$msec [$time_local] $remote_addr $http_dnt $status",
            "1900000000.1 [17/Mar/2030:19:46:40 +0200] 192.0.2.1 1 200",
        ),
        ("${time_local} ${remote_addr} $status $http_dnt", "17/Mar/2030:17:46:40 +0000 192.0.2.1 200 1"),
        (
            "$realip_remote_addr $remote_addr [$time_local] $http_dnt $status",
            "192.0.2.1 9.9.9.9 [17/Mar/2030:19:46:40 +0200] 1 200",
        ),
    ],
)
def test_a_format_string_reads_the_lines_that_it_wrote(text: str, line: str) -> None:
    batch = named(text).read(line.encode())
    assert batch.rejects == []
    (row,) = batch.columns.to_dicts()
    assert row[c.TIME] // 1000 == 1_900_000_000
    assert (row[c.PEER], row[c.DNT], row[c.STATUS]) == ("192.0.2.1", "1", 200)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("combnied", "is no known format, and no format string"),
        ("$remote_addr $status", r"has no \$time_local or %t"),
        ("[$time_local] $status", r"has no \$remote_addr or %h"),
        ("$remote_addr$status [$time_local]", "two fields stand side by side"),
        ("%{%d/%b/%Y:%H:%M:%S}t %t %h", r"has the time in several fields: give it as one field, such as %\{%d"),
        (
            "[%{%d/%b/%Y:%H:%M:%S}t.%{msec_frac}t %{%z}t] %h",
            r"%\{%z\}t is no time with its day and hour: give it as one",
        ),
        ("%{%d/%b/%Y}t %{%T}t %h", r"%\{%d/%b/%Y\}t is no time with its day and hour"),
        ("%{%d/%b/%Y %I:%M:%S}t %h", "is no time with its day and hour"),
        ("%{%q}t %h", r"%\{%q\}t is no time"),
        ("%{%d/%b/%Y:%d}t %h", r"%\{%d/%b/%Y:%d\}t is no time"),
        ("%{%d/%b/%Y:%H:%M:%S %}t %h", "is no time"),
        ("%{now}t %h", r"%\{now\}t is no time"),
    ],
)
def test_a_format_string_that_cannot_be_read_is_refused(text: str, told: str) -> None:
    with pytest.raises(FrontdeskError, match=told):
        named(text)


def test_what_servers_escape_is_plain_again() -> None:
    apache = r'192.0.2.1 - - [17/Mar/2030:17:46:40 +0000] "GET /a HTTP/1.1" 200 5 "-" "a \"b\" \\ c\xe9\\"' + "\n"
    nginx = (
        r'192.0.2.1 - - [17/Mar/2030:17:46:40 +0000] "GET /a HTTP/1.1" 200 5 "-" "a \x22b\x22 \x5C c\xE9\x5C"' + "\n"
    )
    for line in (apache, nginx):
        batch = named("combined").read(line.encode())
        assert batch.columns[c.USER_AGENT].to_list() == ['a "b" \\ c\xe9\\']


def test_fields_of_a_w3c_log_may_change_on_the_way() -> None:
    log = (
        b"#Fields: date time c-ip sc-status\n2030-03-17 17:46:40 192.0.2.1 200\n"
        b"#Fields: date time sc-status c-ip cs-method\n2030-03-17 17:46:41 404 192.0.2.2 GET\n"
    )
    batch = named("iis").read(log)
    assert batch.columns[c.PEER].to_list() == ["192.0.2.1", "192.0.2.2"]
    assert batch.columns[c.STATUS].to_list() == [200, 404]
    assert batch.comments == 2
    assert batch.line.tolist() == [2, 4]


def test_header_fields_of_a_w3c_log_are_the_same_in_any_case() -> None:
    names = "DATE Time C-IP cs(user-agent) cs(REFERER) cs(hOST) X-Forwarded-For cs(x-azure-clientip)"
    line = "2030-03-17 17:46:40 192.0.2.1 curl/8+x https://a.example/ www.a.example 192.0.2.7,+192.0.2.8 192.0.2.9"
    (row,) = named("iis").read(f"#Fields: {names}\n{line}\n".encode()).columns.to_dicts()
    assert row == {
        c.TIME: 1_900_000_000_000,
        c.PEER: "192.0.2.1",
        c.USER_AGENT: "curl/8 x",
        c.REFERRER: "https://a.example/",
        c.HOST: "www.a.example",
        c.header("x-forwarded-for"): "192.0.2.7, 192.0.2.8",
        c.header("x-azure-clientip"): "192.0.2.9",
    }
