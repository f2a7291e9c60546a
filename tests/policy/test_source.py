"""The sources of the network database in a policy: what is accepted, and what is refused without showing a secret."""

import re
from pathlib import Path

import pytest

from frontdesk.policy import EXAMPLE, PolicyError, load
from frontdesk.policy.secret import Secret
from frontdesk.policy.source import KINDS, Source

START = """version = "1"
default_entity = "us"
[[entities]]
id = "us"
legal_name = "Us"
[database]
file = "networks.mmdb"
"""
SECRET = "s3cret"
KEYS = "layer, file, maxmind, ipinfo, dbip, iptoasn, url, account, key, token, sha256_url, authorization"
PLACE = 'expected where the secret is kept: { env = "NAME" } or { file = "PATH" }'
ADDRESS = "expected an https:// address without a password in it; http:// is for this machine only"


def written(folder: Path, *lines: str, start: str = START) -> Path:
    path = folder / "frontdesk.toml"
    path.write_text("\n".join([start, "[[database.sources]]", 'layer = "public"', *lines]) + "\n")
    return path


def refusal(path: Path) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        load(path)
    assert str(caught.value).isprintable()
    return caught.value


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (['file = "own.csv"'], "file"),
        (['maxmind = "GeoLite2-ASN"', 'account = { env = "A" }', 'key = { file = "key" }'], "maxmind"),
        (['ipinfo = "ipinfo_lite.mmdb"', 'token = { env = "A" }'], "ipinfo"),
        (['ipinfo = "free/country_asn.csv.gz"', 'token = { env = "A" }'], "ipinfo"),
        (['dbip = "country-lite"'], "dbip"),
        (['iptoasn = "ip2asn-combined.tsv.gz"'], "iptoasn"),
        (['url = "https://files.example/a.csv?v=1"'], "url"),
        (['url = "https://files.example:8443/a"', 'sha256_url = "https://files.example/b"'], "url"),
        (['url = "https://[2001:db8::1]/a"', 'authorization = { env = "A" }'], "url"),
        (['url = "http://127.0.0.1:8000/a"'], "url"),
        (['url = "http://localhost/a"'], "url"),
        (['url = "http://[::1]:80/a"'], "url"),
    ],
)
def test_a_source_is_read(tmp_path: Path, lines: list[str], kind: str) -> None:
    (source,) = load(written(tmp_path, *lines)).database.sources
    assert (source.layer, source.kind) == ("public", kind)


def test_paths_are_taken_from_the_folder_of_the_policy(tmp_path: Path) -> None:
    start = START + 'sources_directory = "sources"\ncut = "24/48"\n'
    lines = ['ipinfo = "ipinfo_lite.mmdb"', 'token = { file = "token" }', "[[database.sources]]", 'layer = "own"']
    database = load(written(tmp_path, *lines, 'file = "own.csv"', start=start)).database
    assert (database.file, database.sources_directory) == (tmp_path / "networks.mmdb", tmp_path / "sources")
    assert database.sources[0].token == Secret(file=tmp_path / "token")
    assert database.sources[1].file == tmp_path / "own.csv"
    assert database.cut == "24/48"


@pytest.mark.parametrize("cut", ["8/16", "9/99", "24/48", "32/128"])
def test_a_cut_is_two_prefix_lengths(tmp_path: Path, cut: str) -> None:
    path = written(tmp_path, 'dbip = "country-lite"', start=f'{START}cut = "{cut}"\n')
    assert load(path).database.cut == cut


@pytest.mark.parametrize("cut", ["24", "7/48", "33/48", "24/15", "24/129", "024/48", "24/48\\n", "/"])
def test_what_is_no_cut_is_refused(tmp_path: Path, cut: str) -> None:
    error = refusal(written(tmp_path, 'dbip = "country-lite"', start=f'{START}cut = "{cut}"\n'))
    assert (error.key, error.line) == ("database.cut", 8)
    assert "expected two prefix lengths, IPv4 from 8 to 32 and IPv6 from 16 to 128, such as 24/48" in str(error)


@pytest.mark.parametrize(
    ("line", "key", "problem"),
    [
        ("", "", "expected exactly one of file, maxmind, ipinfo, dbip, iptoasn, url"),
        ('file = "a"\ndbip = "country-lite"', "", "expected exactly one of file, maxmind, ipinfo, dbip, iptoasn, url"),
        ('maxmind = "GeoLite2-ASN"', "", "maxmind needs account and key too"),
        ('maxmind = "GeoLite2-ASN"\nkey = { env = "A" }', "", "maxmind needs account too"),
        ('ipinfo = "ipinfo_lite.mmdb"', "", "ipinfo needs token too"),
        ('dbip = "country-lite"\ntoken = { env = "A" }', "", "token is of no use to dbip"),
        ('file = "a"\nsha256_url = "https://a.example/"', "", "sha256_url is of no use to file"),
        (
            'dbip = "../../etc"',
            "dbip",
            "expected DB-IP's name of a free database, such as country-lite (the file says '../../etc')",
        ),
        (
            'maxmind = "GeoLite2 ASN"',
            "maxmind",
            "expected MaxMind's name of a database, such as GeoLite2-ASN (the file says 'GeoLite2 ASN')",
        ),
        (
            'iptoasn = "a.tsv"',
            "iptoasn",
            "expected iptoasn.com's name of a file, such as ip2asn-combined.tsv.gz (the file says 'a.tsv')",
        ),
        (
            'ipinfo = "lite"',
            "ipinfo",
            "expected IPinfo's name of a file, such as ipinfo_lite.mmdb (the file says 'lite')",
        ),
        ("dbip = 3", "dbip", "Expected `str`, got `int`: write it in quotes (the file says 3)"),
        ('file = ""', "file", "expected a path as text (the file says '')"),
        (f'licence_key = "{SECRET}"', "licence_key", f"no such key; allowed here are {KEYS}"),
        (f'key = "{SECRET}"', "key", PLACE),
        ("token = 3", "token", PLACE),
        (f'token = ["{SECRET}"]', "token", PLACE),
        ("account = {}", "account", PLACE),
        (f'key = {{ value = "{SECRET}" }}', "key.value", "no such key; allowed here are env, file"),
        ("key = { env = 3 }", "key.env", "Expected `str`, got `int`: write it in quotes"),
        (f'url = "http://files.example/a?token={SECRET}"', "url", ADDRESS),
        (f'url = "https://me:{SECRET}@files.example/a"', "url", ADDRESS),
        ('url = "https://127.0.0.1"', "url", ADDRESS),
        ('url = "http://127.0.0.1.example/"', "url", ADDRESS),
        ('url = "http://localhost.example/"', "url", ADDRESS),
        ('url = "ftp://files.example/a"', "url", ADDRESS),
        ('url = "https://files.example/a b"', "url", ADDRESS),
        ('url = "https://files.example/a\\n"', "url", ADDRESS),
        ('sha256_url = "sums"', "sha256_url", ADDRESS),
    ],
)
def test_a_source_is_refused(tmp_path: Path, line: str, key: str, problem: str) -> None:
    error = refusal(written(tmp_path, line))
    assert error.key == f"database.sources[0].{key}".removesuffix(".")
    assert error.line == (9 if not key else 11)
    assert str(error) == f"{error.file}:{error.line}: {error.key}: {problem}"
    assert SECRET not in str(error)


def test_a_layer_that_is_not_known_is_refused(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, 'file = "a"', "[[database.sources]]", 'layer = "private"', 'file = "b"'))
    assert (error.key, error.line) == ("database.sources[1].layer", 13)
    assert "not one of own, proprietary, public (the file says 'private')" in str(error)


def test_a_source_without_a_layer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(START + '[[database.sources]]\nfile = "a"\n')
    assert refusal(path).key == "database.sources[0].layer"


def test_a_source_that_stands_twice_is_refused(tmp_path: Path) -> None:
    error = refusal(
        written(tmp_path, 'dbip = "asn-lite"', "[[database.sources]]", 'layer = "own"', 'dbip = "asn-lite"')
    )
    assert error.key == "database.sources[1].dbip"
    assert "is a source already" in str(error)


def test_sources_need_a_file_to_build(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, 'dbip = "asn-lite"', start=START.replace('file = "networks.mmdb"', "")))
    assert error.key == "database.file"
    assert "is missing: it is what is built from database.sources" in str(error)


def test_the_examples_of_the_documentation_can_be_followed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    (told,) = re.findall(
        r"^```toml\n(.*?)^```", (root / "docs" / "databases.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    path = tmp_path / "frontdesk.toml"
    path.write_text(START.partition("[database]")[0] + told)
    assert [source.kind for source in load(path).database.sources] == list(KINDS)
    head, hash_, tail = EXAMPLE.read_text("utf-8").partition("# [database]")
    plain = [line.removeprefix("# ") for line in (hash_ + tail).splitlines() if re.match(r"# (\[|\w+ = )", line)]
    path.write_text(head + "\n".join(plain))
    assert [source.kind for source in load(path).database.sources] == ["file", "maxmind", "dbip"]


def test_a_source_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    source = Source(layer="public", ipinfo="ipinfo_lite.mmdb", token=Secret(env="TOKEN"))
    assert SECRET not in repr(source)
