"""`frontdesk lookup`."""

import json
from pathlib import Path

from frontdesk.geodb import EMBEDDED

from .conftest import Command


def test_lookup_tells_an_organisation_with_evidence_and_attributions(frontdesk: Command) -> None:
    done = frontdesk("lookup", "128.112.0.1")
    assert done.returncode == 0, done.stderr
    assert "Princeton University (education, confidence medium" in done.stdout
    assert "IP Geolocation by DB-IP (https://db-ip.com)" in done.stdout


def test_lookup_tells_how_each_organisation_is_known(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(
        "network,organisation,domain,account\n5.0.0.0/28,Acme GmbH,acme.example,A-17\n5.0.1.0/24,R\x1b[31med AG,,\n"
    )
    (tmp_path / "ripe.txt").write_text("inetnum: 5.0.2.0 - 5.0.2.255\ndescr: Example Bank\nsource: RIPE\n")
    (tmp_path / "as.csv").write_text("5.0.0.0,5.0.3.255,64500,Example University\n")
    done = frontdesk(
        *("geodb", "build", "own.csv", "ripe.txt", "as.csv", "--out", "n.mmdb", "--date", "2026-11-01"),
    )
    assert done.returncode == 0, done.stderr
    told = frontdesk("lookup", "--database", "n.mmdb", "5.0.0.1", "5.0.1.1", "5.0.2.1", "5.0.3.1").stdout
    lines = [line.partition("organisation  ")[2] for line in told.splitlines() if "organisation  " in line]
    own = "the group's own list has it for this"
    judged, announced = "confidence medium", "holder of the AS that announces this"
    assert lines == [
        f"Acme, acme.example, A-17 (business, confidence high: {own} /28, by own.csv; source: own.csv)",
        rf"R\x1b[31med (business, confidence high: {own} /24, by own.csv; source: own.csv)",
        f"Example Bank (business, {judged}: the registry has it as the holder of this /24, by ripe.txt; word: bank)",
        f"Example University (education, {judged}: {announced} /24, by as.csv; word: universit*)",
    ]
    first = json.loads(frontdesk("lookup", "--database", "n.mmdb", "--json", "5.0.0.1").stdout)["organisation"]
    assert (first["name"], first["domain"], first["account"]) == ("Acme", "acme.example", "A-17")


def test_lookup_and_diff_show_a_name_without_what_a_terminal_obeys(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "as.csv").write_text("5.0.0.0,5.0.0.255,64500,A\x1b]0;B\x07\n")
    (tmp_path / "own.csv").write_text("network,organisation\n5.0.0.0/24,A\x1b]0;B\x07 AG\n")
    for source in ("as", "own"):
        frontdesk("geodb", "build", f"{source}.csv", "--out", f"{source}.mmdb", "--date", "2026-11-01")
        assert "\x1b" not in frontdesk("lookup", "--database", f"{source}.mmdb", "5.0.0.1").stdout
    assert r"A\x1b]0;B\x07 AG" in frontdesk("geodb", "diff", "as.mmdb", "own.mmdb").stdout


def test_lookup_says_why_no_organisation_is_named(frontdesk: Command) -> None:
    assert "none: a hosting network" in frontdesk("lookup", "8.8.8.8").stdout
    assert "none: reserved" in frontdesk("lookup", "::1").stdout


def test_lookup_gives_one_json_object_a_line(frontdesk: Command) -> None:
    done = frontdesk("lookup", "--json", "8.8.8.8", "::ffff:128.112.0.1", "2001:4860:4860::8888")
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["country"], first["as_number"], first["organisation"]) == ("US", 15169, None)
    assert second["address"] == "128.112.0.1"
    assert second["organisation"]["evidence"]["build_date"] == "2026-06-17"
    assert third["network_type"] == "hosting"


def test_lookup_names_what_is_no_address_and_goes_on(frontdesk: Command) -> None:
    done = frontdesk("lookup", "8.8.8.8", "8.8.8", "1.1.1.1")
    assert done.returncode == 1
    assert done.stderr == "frontdesk: '8.8.8' is not an IPv4 or IPv6 address\n"
    assert "Google" in done.stdout
    assert "Cloudflare" in done.stdout


def test_lookup_refuses_a_damaged_database_in_one_line(frontdesk: Command, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mmdb"
    raw = bytearray(EMBEDDED.read_bytes())
    raw[5000] ^= 1
    damaged.write_bytes(raw)
    (tmp_path / "damaged.mmdb.json").write_bytes(EMBEDDED.with_name(EMBEDDED.name + ".json").read_bytes())
    for file, words in ((damaged, "is damaged"), (tmp_path / "none.mmdb", "does not exist")):
        done = frontdesk("lookup", "8.8.8.8", "--database", file)
        assert done.returncode == 1
        assert done.stderr.startswith(f"frontdesk: {file}: {words}")
        assert done.stderr.count("\n") == 1


def test_every_command_has_help_with_examples(frontdesk: Command) -> None:
    for command in (["lookup"], ["explain"], ["demo"], ["geodb", "build"], ["log", "tail"]):
        done = frontdesk(*command, "--help")
        assert done.returncode == 0
        assert "Examples: frontdesk " + " ".join(command) in " ".join(done.stdout.split())
