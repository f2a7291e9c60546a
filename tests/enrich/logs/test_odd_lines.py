"""A line that no server should have written costs that line, and nothing of it is told."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.formats import named

from .test_formats import CONTRACT, REQUESTS, log_of

JSON = ["nginx-json", "caddy", "traefik"]
SECRET = "john.smith@corp.example"

anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["²", "-5", "1e300", "nan", "9999-12-31T23:59:59-14:00", "31/Dec/9999:23:59:59 -1400"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(told: Any) -> list[tuple[str, ...]]:
    """The ways to all fields of an object."""
    if not isinstance(told, dict):
        return []
    return [way for name, value in told.items() for way in [(name,), *((name, *rest) for rest in places(value))]]


def with_value(told: dict[str, Any], way: tuple[str, ...], value: Any) -> dict[str, Any]:
    """An object with another value in one place."""
    name, *rest = way
    return told | {name: with_value(told[name], tuple(rest), value) if rest else value}


def line_with(name: str, way: tuple[str, ...], value: Any) -> str:
    """A line as a server writes it, with another value in one place."""
    return json.dumps(with_value(json.loads(CONTRACT[name].write(REQUESTS[0])), way, value))


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sampled_from(JSON))
def test_json_of_any_kind_anywhere_changes_nothing_of_the_lines_around_it(data: st.DataObject, name: str) -> None:
    good = [CONTRACT[name].write(one) for one in REQUESTS]
    way = st.sampled_from(places(json.loads(good[0])))
    odd_lines = st.builds(line_with, st.just(name), way, anything) | st.builds(json.dumps, anything)
    odd = data.draw(st.lists(odd_lines, min_size=1, max_size=4))
    batch = named(name).read("".join(f"{line}\n" for line in [good[0], *odd, *good[1:]]).encode())
    assert batch.lines == len(good) + len(odd)
    assert sorted([*batch.line, *(number for number, _ in batch.rejects)]) == list(range(1, batch.lines + 1))
    around = {1, *range(2 + len(odd), batch.lines + 1)}
    rows = dict(zip(batch.line.tolist(), batch.columns.to_dicts(), strict=True))
    assert [rows[number] for number in sorted(around)] == named(name).read(
        "".join(f"{line}\n" for line in good).encode()
    ).columns.to_dicts()


@pytest.mark.parametrize("value", [[SECRET], {"q": SECRET}, 5, 0.5, True, [[SECRET]], [{SECRET: 1}]])
@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("nginx-json", ("remote_addr",)),
        ("nginx-json", ("request",)),
        ("nginx-json", ("http_user_agent",)),
        ("caddy", ("request", "remote_ip")),
        ("caddy", ("request", "uri")),
        ("caddy", ("request", "method")),
        ("caddy", ("request", "host")),
        ("traefik", ("ClientAddr",)),
        ("traefik", ("RequestPath",)),
        ("traefik", ("request_User-Agent",)),
    ],
)
def test_a_value_of_another_kind_than_text_is_rejected(name: str, way: tuple[str, ...], value: Any) -> None:
    if way[-1] == "request_User-Agent" and value == [SECRET]:
        return  # a field that is given as its lines
    batch = named(name).read(line_with(name, way, value).encode())
    assert batch.rejects == [(1, "the line is not of the format")]


@pytest.mark.parametrize("value", [[5], {"q": SECRET}, [[SECRET]], [True]])
def test_a_header_field_of_caddy_that_is_no_text_is_rejected(value: Any) -> None:
    batch = named("caddy").read(line_with("caddy", ("request", "headers", "User-Agent"), value).encode())
    assert batch.rejects == [(1, "the line is not of the format")]


TIME_OF = {"nginx-json": "time_iso8601", "caddy": "ts", "traefik": "StartUTC"}


@pytest.mark.parametrize(
    "value",
    [
        1_900_000_000_000,
        1e300,
        1e308,
        -1,
        "-1",
        "1900000000000",
        "²",
        "nan",
        "9" * 400,
        "9997-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "1969-12-31T23:59:59Z",
        "31/Dec/9999:23:59:59 -1400",
        None,
        True,
        [],
        {"at": SECRET},
    ],
)
@pytest.mark.parametrize("name", JSON)
def test_a_time_that_cannot_be_in_an_object_is_rejected(name: str, value: Any) -> None:
    if name == "traefik" and not value:
        return  # it is looked for in another place
    batch = named(name).read(line_with(name, (TIME_OF[name],), value).encode())
    assert batch.rejects == [(1, "the time cannot be read")]


@pytest.mark.parametrize("day", ["1969-12-31", "9990-12-31", "9997-03-17", "9999-12-31"])
@pytest.mark.parametrize("name", sorted({*CONTRACT} - {*JSON}))
def test_a_time_that_cannot_be_in_a_text_is_rejected(name: str, day: str) -> None:
    year, month, number = day.rsplit("-", 2)
    lines = [CONTRACT[name].write(one) for one in REQUESTS]
    months = {"03": "Mar", "12": "Dec"}
    odd = lines[0].replace("2030-03-17", day).replace("17/Mar/2030", f"{number}/{months[month]}/{year}")
    batch = named(name).read(log_of(name, [odd, *lines[1:]]))
    assert [reason for _, reason in batch.rejects] == ["the time cannot be read"]
    assert len(batch.columns) == len(lines) - 1


def test_a_year_of_five_digits_is_rejected() -> None:
    batch = named("iis").read(b"#Fields: date time c-ip\n+10000-01-01 10:00:00 192.0.2.1\n")
    assert batch.rejects == [(2, "the time cannot be read")]


@pytest.mark.parametrize("value", ["nan", "inf", "-5", "1e300", "9" * 30, "1900000000000"])
def test_seconds_that_cannot_be_a_time_are_rejected(value: str) -> None:
    for text in ("$msec $remote_addr $status", "%{sec}t %h %s"):
        batch = named(text).read(f"{value} 192.0.2.1 200\n1900000000 192.0.2.1 200\n".encode())
        assert batch.rejects == [(1, "the time cannot be read")]
        assert batch.columns[c.TIME].to_list() == [1_900_000_000_000]


@pytest.mark.parametrize("status", ["²", "-5", "200.0", "9" * 30, "2OO"])
@pytest.mark.parametrize("name", CONTRACT)
def test_a_status_that_is_no_number_is_rejected(name: str, status: str) -> None:
    line = CONTRACT[name].write(REQUESTS[0])
    odd = line.replace('"200"', f'"{status}"') if name == "nginx-json" else line.replace("200", f'"{status}"', 1)
    if name not in JSON:
        odd = line.replace(" 200 ", f" {status} ").replace("\t200\t", f"\t{status}\t")
    assert odd != line
    batch = named(name).read((CONTRACT[name].head + odd + "\n" + line + "\n").encode())
    assert [reason for _, reason in batch.rejects] == ["the status is no number"]
    assert batch.columns[c.STATUS].to_list() == [200]


@pytest.mark.parametrize("status", [True, 200.5, -5, 2**64 - 1, [], {"is": SECRET}])
@pytest.mark.parametrize(
    ("name", "field"), [("nginx-json", "status"), ("caddy", "status"), ("traefik", "DownstreamStatus")]
)
def test_a_status_of_another_kind_is_rejected(name: str, field: str, status: Any) -> None:
    batch = named(name).read(line_with(name, (field,), status).encode())
    assert batch.rejects == [(1, "the status is no number")]
