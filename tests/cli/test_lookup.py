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
