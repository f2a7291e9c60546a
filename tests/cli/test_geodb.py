"""`frontdesk geodb build`."""

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from .conftest import Command

_PACKAGE = '{"name": "@ip-location-db/asn", "version": "2.3.2026061719"}'


def sources(folder: Path) -> list[Path]:
    (folder / "package.json").write_text(_PACKAGE)
    (folder / "country.csv").write_text("9.0.0.0,9.0.3.255,DE\n")
    (folder / "asn.csv").write_text('9.0.0.0,9.0.1.255,64500,"Universität Beispiel"\n')
    return [folder / "country.csv", folder / "asn.csv"]


def test_a_build_can_be_looked_up(frontdesk: Command, tmp_path: Path) -> None:
    done = frontdesk("geodb", "build", *sources(tmp_path), "--out", "networks.mmdb")
    assert done.returncode == 0, done.stderr
    assert "IP Geolocation by DB-IP" in done.stdout
    found = json.loads(frontdesk("lookup", "--json", "9.0.1.1", "--database", "networks.mmdb").stdout)
    assert (found["country"], found["network_type"]) == ("DE", "education")
    assert found["organisation"]["name"] == "Universität Beispiel"
    assert found["prefix_length"] == 23


def test_a_build_says_what_it_does_a_line_for_each_step_where_there_is_no_terminal(
    frontdesk: Command, tmp_path: Path
) -> None:
    done = frontdesk("geodb", "build", *sources(tmp_path), "--out", "networks.mmdb")
    assert done.stderr.splitlines() == [
        "recognising country.csv",
        "recognising asn.csv",
        "reading country.csv",
        "reading asn.csv",
        "merging",
        "writing",
    ]


def test_a_build_shows_a_bar_with_the_time_that_remains_on_a_terminal(tmp_path: Path) -> None:
    files = sources(tmp_path)
    ours, theirs = pty.openpty()
    program = Path(sys.executable).with_name("frontdesk")
    command: list[str | Path] = [program, "geodb", "build", *files, "--out", tmp_path / "networks.mmdb"]
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "100", "TERM": "xterm-256color"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # so a terminal tells that nobody writes to it any more
            while block := os.read(ours, 4096):
                shown += block
    os.close(ours)
    assert process.returncode == 0
    assert "━".encode() in shown
    assert re.search(rb"\d+%", shown)
    assert re.search(rb"--:--|\d\d:\d\d", shown)


def test_equal_sources_give_equal_bytes(frontdesk: Command, tmp_path: Path) -> None:
    files = sources(tmp_path)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert frontdesk("geodb", "build", *files, "--out", f"{name}/networks.mmdb").returncode == 0
    for name in ("networks.mmdb", "networks.mmdb.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_bad_source_is_told_in_one_line(frontdesk: Command, tmp_path: Path) -> None:
    country, asn = sources(tmp_path)
    with asn.open("a") as stream:
        stream.write("9.0.2.0,9.0.2.x,64501,Example\n")
    done = frontdesk("geodb", "build", country, asn, "--out", "networks.mmdb")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == f"frontdesk: {asn}, line 2: '9.0.2.x' is not an address"
    assert not (tmp_path / "networks.mmdb").exists()


def test_a_bad_cut_is_told(frontdesk: Command, tmp_path: Path) -> None:
    done = frontdesk("geodb", "build", *sources(tmp_path), "--out", "networks.mmdb", "--cut", "24")
    assert done.returncode == 2
    assert "such as 24/48" in " ".join(done.stderr.split())


def test_a_plain_csv_needs_a_date(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "country.csv").write_text("9.0.0.0,9.0.3.255,DE\n")
    done = frontdesk("geodb", "build", "country.csv", "--out", "networks.mmdb")
    assert done.returncode == 1
    assert "--date YYYY-MM-DD" in done.stderr
    done = frontdesk("geodb", "build", "country.csv", "--out", "networks.mmdb", "--date", "2026-11-01")
    assert done.returncode == 0, done.stderr
    assert "2026-11-01" in done.stdout


def test_a_source_is_never_overwritten(frontdesk: Command, tmp_path: Path) -> None:
    country, asn = sources(tmp_path)
    before = country.read_bytes()
    for out in (country, tmp_path, tmp_path / "none" / "networks.mmdb"):
        done = frontdesk("geodb", "build", country, asn, "--out", out)
        assert (done.returncode, done.stderr.count("cannot be written")) == (1, 1)
    assert country.read_bytes() == before


def test_a_database_that_knows_much_less_replaces_another_only_by_force(frontdesk: Command, tmp_path: Path) -> None:
    country, asn = sources(tmp_path)
    assert frontdesk("geodb", "build", country, asn, "--out", "networks.mmdb").returncode == 0
    before = (tmp_path / "networks.mmdb").read_bytes()
    asn.write_text('9.0.0.0,9.0.0.255,64500,"Universität Beispiel"\n')
    done = frontdesk("geodb", "build", country, asn, "--out", "networks.mmdb")
    assert done.returncode == 1
    assert "as_number of IPv4 is known for 1 networks instead of 2" in done.stderr
    assert (tmp_path / "networks.mmdb").read_bytes() == before
    assert frontdesk("geodb", "build", country, asn, "--out", "networks.mmdb", "--force").returncode == 0
    assert (tmp_path / "networks.mmdb").read_bytes() != before


def test_a_database_can_be_looked_into_proved_and_compared(frontdesk: Command, tmp_path: Path) -> None:
    country, asn = sources(tmp_path)
    assert frontdesk("geodb", "build", country, asn, "--out", "old.mmdb").returncode == 0
    country.write_text("9.0.0.0,9.0.2.255,DE\n9.0.3.0,9.0.3.255,FR\n")
    assert frontdesk("geodb", "build", country, asn, "--out", "new.mmdb").returncode == 0
    told = frontdesk("geodb", "inspect", "old.mmdb").stdout
    assert "country is known for 4 IPv4 /24s" in told
    assert re.search(r"country.csv: country; of 2026-06-17, [\d]+ days old, stale; CC BY 4.0", told)
    done = frontdesk("geodb", "verify", "old.mmdb")
    assert (done.returncode, "old.mmdb: whole" in done.stdout) == (0, True)
    done = frontdesk("geodb", "diff", "old.mmdb", "new.mmdb")
    assert done.stdout.split("\n")[1].split() == ["1", "0", "country:", "DE", "->", "FR"]
    assert frontdesk("geodb", "diff", "old.mmdb", "old.mmdb").stdout == "nothing changes\n"
    (tmp_path / "old.mmdb").write_bytes((tmp_path / "new.mmdb").read_bytes()[:-1])
    done = frontdesk("geodb", "verify", "old.mmdb")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_the_country_is_that_of_most_sources_on_demand(frontdesk: Command, tmp_path: Path) -> None:
    files = []
    for name, country in (("a", "DE"), ("b", "FR"), ("c", "FR")):
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text(f"9.0.0.0,9.0.3.255,{country}\n")
    command = ["geodb", "build", *files, "--out", "networks.mmdb", "--date", "2026-11-01"]
    assert "the country of the first source" in frontdesk(*command).stdout
    assert frontdesk("lookup", "--database", "networks.mmdb", "9.0.0.1").stdout.count("DE  (by a.csv)") == 1
    assert "the country by majority" in frontdesk(*command, "--country", "majority").stdout
    told = frontdesk("lookup", "--database", "networks.mmdb", "9.0.0.1").stdout
    assert "FR  (by b.csv and c.csv)" in told
    done = frontdesk(*command, "--country", "best")
    assert (done.returncode, "majority" in done.stderr) == (2, True)
