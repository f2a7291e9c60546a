"""`frontdesk explain`, one request at a time and in bulk."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from frontdesk.enrich.organisation import ORGANISATION_TYPES
from frontdesk.policy import EXAMPLE

from .conftest import Command


def bulk(frontdesk: Command, *requests: object) -> list[dict[str, Any]]:
    lines = "\n".join(request if isinstance(request, str) else json.dumps(request) for request in requests)
    done = frontdesk("explain", "--jsonl", "-", stdin=lines + "\n")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_explain_agrees_with_the_shared_vectors(frontdesk: Command, shared: Path) -> None:
    vectors = json.loads((shared / "client_address_vectors.json").read_text())
    requests = []
    for vector in vectors:
        header = vector.get("header", "x-forwarded-for")
        proxies = {
            "header": header,
            "trusted": vector.get("trusted", []),
            "hops": vector.get("hops"),
            "trust_unix": vector.get("trust_unix", False),
        }
        headers = [[header, line] for line in vector["headers"]]
        requests.append({"peer": vector["peer"], "headers": headers, "proxies": proxies})
    answers = bulk(frontdesk, *requests)
    assert [[answer["address"], answer["source"]] for answer in answers] == [vector["want"] for vector in vectors]


def test_explain_finds_every_address_of_a_real_log(frontdesk: Command, shared: Path) -> None:
    log = (shared / "apache_combined.log").read_text(errors="replace")
    addresses = sorted(set(re.findall(r"^(\S+)", log, re.MULTILINE)))
    answers = bulk(frontdesk, *({"peer": address, "headers": []} for address in addresses))
    assert len(answers) == len(addresses) > 900
    assert {answer["source"] for answer in answers} == {"peer"}
    assert sum(answer["country"] is not None for answer in answers) / len(answers) > 0.99
    for answer in answers:
        if answer["organisation"] is not None:
            assert answer["network_type"] in ORGANISATION_TYPES
        elif answer["network_type"] in ORGANISATION_TYPES:
            assert answer["organisation_reason"] in {"person", "too_small"}


def test_bulk_answers_hold_what_is_promised(frontdesk: Command) -> None:
    (answer,) = bulk(
        frontdesk,
        {
            "peer": "10.0.0.5",
            "headers": [["X-Forwarded-For", "6.6.6.6, 128.112.0.77"], ["Host", "jp.aurora.example"], ["DNT", "0"]],
            "proxies": {"header": "x-forwarded-for", "trusted": ["10.0.0.0/8"], "hops": None, "trust_unix": False},
        },
    )
    assert answer["address"] == "128.112.0.77"
    assert answer["source"] == "header"
    assert answer["signals"] == {"dnt": "0", "gpc": False}
    assert answer["treatment"] == "full"
    assert (answer["country"], answer["network_type"]) == ("US", "education")
    assert answer["organisation"]["name"] == "Princeton University"
    assert answer["organisation_reason"] is None
    assert answer["entity"] == {"id": "aurora-jp", "reason": "host"}
    assert answer["record"]["client.address"] == "128.112.0.0/24"


def test_headers_may_be_an_object_in_bulk(frontdesk: Command) -> None:
    one, other = bulk(
        frontdesk,
        {"peer": "127.0.0.1", "headers": {"X-Forwarded-For": "128.112.0.77", "DNT": "1"}},
        {"peer": "127.0.0.1", "headers": [["X-Forwarded-For", "128.112.0.77"], ["DNT", "1"]]},
    )
    assert (one["address"], one["signals"]) == ("128.112.0.77", {"dnt": "1", "gpc": False})
    assert {**one, "record": None} == {**other, "record": None}


def test_every_key_of_an_answer_is_documented(frontdesk: Command) -> None:
    text = (Path(__file__).parents[2] / "docs" / "explain.md").read_text("utf-8")
    (answer,) = bulk(frontdesk, {"peer": "8.8.8.8", "headers": []})
    told = {
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert {*answer, "peer", "headers", "proxies", "line", "error"} == told


@pytest.mark.parametrize("signal", [["dnt", "1"], ["Sec-GPC", "1"]])
def test_an_objection_leaves_no_organisation_and_an_anonymous_record(frontdesk: Command, signal: list[str]) -> None:
    (answer,) = bulk(frontdesk, {"peer": "128.112.0.77", "headers": [signal]})
    assert (answer["organisation"], answer["organisation_reason"]) == (None, "objected")
    assert answer["treatment"] == "anonymous"
    assert "client.address" not in answer["record"]
    assert "Princeton" not in json.dumps(answer)


def test_a_visitor_to_be_counted_has_no_record(frontdesk: Command, tmp_path: Path) -> None:
    policy = tmp_path / "frontdesk.toml"
    policy.write_text(EXAMPLE.read_text().replace('dnt = "anonymous"', 'dnt = "count"'))
    done = frontdesk("explain", "--policy", policy, "--peer", "128.112.0.77", "--header", "dnt: 1", "--json")
    answer = json.loads(done.stdout)
    assert (answer["treatment"], answer["record"]) == ("count", None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "truncated"),
        ("nonsense", "JSON"),
        ("[]", "Expected `object`"),
        ('{"headers": []}', "missing required field `peer`"),
        ('{"peer": 7, "headers": []}', "`$.peer`"),
        ('{"peer": null, "headers": {"dnt": 1}}', "`$.headers[...]`"),
        ('{"peer": null, "headers": "dnt: 1"}', "Expected `object | array`"),
        ('{"peer": null, "headers": [["dnt"]]}', "`$.headers[0]`"),
        ('{"peer": null, "headers": [], "proxies": {"trusted": ["10.0.0.1/8"]}}', "host bits"),
        ('{"peer": null, "headers": [], "proxies": {"hops": 0}}', ">= 1"),
        ('{"peer": null, "headers": [], "proxies": {"header": "x-client"}}', "x-client"),
        ('{"peer": null, "headers": [], "proxies": {"trust": []}}', "unknown field `trust`"),
        ('{"peer": "' + "1" * (1 << 20) + '"}', "longer than"),
        ("\udcff", "JSON is malformed"),
        ('{"more": ' + "[" * 100_000 + "]" * 100_000 + "}", "recursion"),
    ],
)
def test_a_bad_line_has_an_error_in_its_place_and_the_rest_goes_on(
    line: str, words: str, frontdesk: Command, tmp_path: Path
) -> None:
    good = '{"peer": "8.8.8.8", "headers": []}'
    file = tmp_path / "requests.jsonl"
    file.write_text(f"{good}\n\n{line}\n{good}", errors="surrogateescape")
    done = frontdesk("explain", "--jsonl", file)
    first, bad, last = (json.loads(text) for text in done.stdout.splitlines())
    assert first["address"] == last["address"] == "8.8.8.8"
    assert bad["line"] == 3
    assert words in bad["error"]
    assert "1 line" in done.stderr
    assert done.returncode == 1, "as lookup does where an address is none"


def test_explain_in_words_tells_the_walk_and_the_record(frontdesk: Command) -> None:
    done = frontdesk(
        *("explain", "--peer", "10.0.0.5", "--trusted", "10.0.0.0/8"),
        *("--header", "x-forwarded-for: 6.6.6.6, 79.192.3.4", "--header", "Sec-GPC: 1"),
    )
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert "79.192.3.4: the client 6.6.6.6: not believed" in told
    assert "DNT unset, Sec-GPC on: treatment anonymous" in told
    assert "none: the visitor asked not to be tracked" in told
    assert "aurora-de, Aurora Instruments GmbH (by country)" in told
    assert '"frontdesk.treatment": "anonymous"' in told


def test_explain_tells_what_is_suggested(frontdesk: Command) -> None:
    asked = ("explain", "--peer", "79.192.3.4", "--header", "host: www.aurora.example")
    told = " ".join(frontdesk(*asked).stdout.split())
    assert "suggestion aurora-de, at https://de.aurora.example/?region=aurora-de (by country)" in told
    found = json.loads(frontdesk(*asked, "--json").stdout)["suggestion"]
    assert found == {"id": "aurora-de", "reason": "country", "address": "https://de.aurora.example/?region=aurora-de"}
    stays = frontdesk(*asked, "--header", "cookie: __Host-frontdesk-choice=aurora-com", "--json")
    assert json.loads(stays.stdout)["suggestion"] is None


def test_explain_obeys_no_code_that_a_header_brings(frontdesk: Command) -> None:
    done = frontdesk("explain", "--peer", "127.0.0.1", "--header", "x-forwarded-for: \x1b[31mred\x07")
    assert "\x1b" not in done.stdout
    assert "\\x1b[31mred\\x07: invalid: the client is unknown" in done.stdout


def test_explain_says_which_header_was_not_read(frontdesk: Command) -> None:
    done = frontdesk("explain", "--peer", "127.0.0.1", "--header", "Forwarded: for=128.112.0.77")
    assert "forwarded: not read: the policy names x-forwarded-for" in done.stdout


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (["--policy", "none.toml"], 1, "none.toml: cannot be read: No such file or directory"),
        (["--jsonl", "none.jsonl"], 1, "none.jsonl: cannot be read: No such file or directory"),
        (["--trusted", "10.0.0.1/8"], 2, "host bits set; write 10.0.0.0/8"),
        (["--header", "dnt"], 2, "is not a field line"),
        (["--peer", "hello"], 2, "'hello' is not the address of a peer"),
        (["--jsonl", "-", "--peer", "8.8.8.8"], 2, "stand in the lines themselves"),
    ],
)
def test_a_mistake_is_told_without_a_traceback(args: list[str], status: int, words: str, frontdesk: Command) -> None:
    done = frontdesk("explain", *args)
    assert done.returncode == status
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_a_reader_that_stops_early_is_no_error_to_shout_about(frontdesk: Command, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text('{"peer": "8.8.8.8", "headers": []}\n' * 5000)
    program = Path(sys.executable).with_name("frontdesk")
    done = subprocess.run(
        ["sh", "-c", f"{program} explain --jsonl {file} | head -n 1"], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["address"] == "8.8.8.8"
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
