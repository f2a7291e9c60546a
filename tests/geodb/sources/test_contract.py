"""What every reader does, whatever the format."""

import gzip
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.geodb import SourceError
from frontdesk.geodb.build import build
from frontdesk.geodb.ranges import Range
from frontdesk.geodb.reader import Database
from frontdesk.geodb.sources import TYPES, Facts, recognise

from .files import V4, V4_LENGTH, V6, V6_LENGTH, FileOf, mmdb, refusal
from .formats import BINARY, FORMATS, TEXT, Format


@pytest.fixture(params=list(FORMATS))
def known(request: pytest.FixtureRequest) -> Format:
    """Each format in turn."""
    return FORMATS[request.param]


@pytest.fixture(params=TEXT)
def text(request: pytest.FixtureRequest) -> Format:
    """Each format of text in turn."""
    return FORMATS[request.param]


def told(path: Path) -> list[Range]:
    """The ranges of which something is said."""
    return [item for item in recognise(path).ranges() if item.value != Facts()]


def expected(facts: Facts) -> list[Range]:
    """The facts for the network of each family."""
    return [
        Range(*ends, facts._replace(holder=facts.holder._replace(prefix_length=length)) if facts.holder else facts)
        for ends, length in ((V4, V4_LENGTH), (V6, V6_LENGTH))
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.mmdb", "a.gz", "a", "ü.txt"])
def test_recognise_by_content_whatever_the_name(tmp_path: Path, known: Format, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(known.content)
    source = recognise(path)
    assert (source.file, source.name) == (path, name)
    assert source.fields == known.fields
    assert source.ignored == 0


def test_ranges_are_those_of_the_file_and_their_values_facts(file_of: FileOf, known: Format) -> None:
    path = file_of(known.content)
    assert told(path) == expected(known.facts)
    values = [item.value for item in recognise(path).ranges()]
    assert all(isinstance(value, Facts) and (value.type is None or value.type in TYPES) for value in values)


def test_fields_are_those_that_the_facts_have(known: Format) -> None:
    # A file of autonomous systems may lack their names, and one of places the subdivisions.
    assert {field for field, value in known.facts._asdict().items() if value} == known.fields


def test_ranges_read_the_file_from_its_start_each_time(file_of: FileOf, known: Format) -> None:
    source = recognise(file_of(known.content))
    begun = source.ranges()
    next(begun)
    assert list(source.ranges()) == list(source.ranges())
    begun.close()  # type: ignore[attr-defined]


def test_source_has_the_terms_of_its_content(file_of: FileOf, known: Format) -> None:
    assert recognise(file_of(known.content)).terms.licence.startswith(known.licence)


def test_source_can_be_built_and_asked(file_of: FileOf, known: Format, tmp_path: Path) -> None:
    (dated := tmp_path / "dated.mmdb").write_bytes(mmdb({"autonomous_system_number": 1}))
    build([file_of(known.content), dated], tmp_path / "out.mmdb")
    database = Database(tmp_path / "out.mmdb")
    for address, length in (("5.0.0.7", V4_LENGTH), ("2a00::7", V6_LENGTH)):
        record = database.lookup(address)
        assert record.excluded == known.facts.excluded
        assert record.country == known.facts.country
        assert record.type == (known.facts.type or record.type)
        if known.facts.holder:
            assert record.holder == known.facts.holder._replace(prefix_length=length)


def test_text_may_be_packed_by_gzip(file_of: FileOf, text: Format) -> None:
    path = file_of(gzip.compress(text.content))
    assert told(path) == expected(text.facts)
    assert recognise(path).fields == text.fields


def test_text_may_be_packed_by_gzip_in_parts(file_of: FileOf, text: Format) -> None:
    half = len(text.content) // 2
    assert told(file_of(gzip.compress(text.content[:half]) + gzip.compress(text.content[half:]))) == expected(
        text.facts
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_torn_gzip_is_refused(file_of: FileOf, text: Format, share: float) -> None:
    packed = gzip.compress(text.content)
    assert "damaged gzip" in str(refusal(file_of(packed[: int(len(packed) * share)])))


def test_changed_gzip_is_refused(file_of: FileOf, text: Format) -> None:
    packed = bytearray(gzip.compress(text.content))
    packed[-6] ^= 0xFF  # of the checksum
    assert "damaged gzip" in str(refusal(file_of(bytes(packed))))


def test_a_line_that_does_not_end_is_refused_in_bounded_memory(file_of: FileOf, text: Format) -> None:
    path = file_of(text.content.rstrip())
    with path.open("r+b") as stream:
        stream.truncate(1 << 30)
    tracemalloc.start()
    refusal(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 1024 * 1024


def test_a_gzip_bomb_is_refused_in_bounded_memory(tmp_path: Path, text: Format) -> None:
    path = tmp_path / "bomb"
    swelling = b"#" * 1000 + b"\n"
    with gzip.open(path, "wb", compresslevel=6) as stream:
        stream.write(text.content.rstrip() + b"\n\n")
        for _ in range(100):
            stream.write(swelling * 1000)
    assert path.stat().st_size < 1024 * 1024
    tracemalloc.start()
    refusal(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 1024 * 1024


def test_an_address_that_is_none_is_refused_with_its_place(file_of: FileOf, text: Format) -> None:
    content = text.content.replace(b"2a00::", b"2a0x::", 1).replace(str(V6[0]).encode(), b"nonsense", 1)
    error = refusal(file_of(content))
    assert error.place.startswith(("line ", "entry "))
    assert "2a0x::" in str(error) or "nonsense" in str(error)


@pytest.mark.parametrize("keep", [0, 1, 5, 10])
def test_recognise_refuses_the_first_bytes_of_a_file(file_of: FileOf, known: Format, keep: int) -> None:
    refusal(file_of(known.content[:keep]))


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("share", [0.25, 0.5])
def test_recognise_refuses_a_torn_file(file_of: FileOf, name: str, share: float) -> None:
    content = FORMATS[name].content
    refusal(file_of(content[: int(len(content) * share)]))


def test_recognise_refuses_a_file_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "missing.mmdb"
    assert str(refusal(path)) == f"{path}: cannot be read: No such file or directory"


def test_recognise_refuses_a_directory(tmp_path: Path) -> None:
    assert str(refusal(tmp_path)) == f"{tmp_path}: cannot be read: Is a directory"


def test_recognise_refuses_what_has_no_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        assert str(refusal(path)) == f"{path}: is not a plain file: save what it holds to one first"


def test_recognise_refuses_an_empty_file(file_of: FileOf) -> None:
    path = file_of(b"")
    assert str(refusal(path)) == f"{path}: is empty"


@pytest.mark.parametrize(
    "content",
    [
        b"\n",
        b"hello\n",
        b"hello\rworld\n",
        b"\0\0\0\0",
        b'"',
        b"\xff\xfe1\0,\0",
        b"<html><body>404, not, found</body></html>",
        b"network,geoname_id,registered_country_geoname_id\n5.0.0.0/24,1,2\n",
        b"start,end,country\n5.0.0.0,5.0.0.255,FR\n",
        b"5.0.0.0/24,FR\n",
        b"5.0.0.0,5.0.0.255\n",
        b"5.0.0.0,5.0.0.255,EU,FR,Paris\n",
        b"5.0.0.0;5.0.0.255;FR\n",
        b"PK\x03\x04,b,c\n",
        b'{"networks": ["5.0.0.0/24"]}\n',
        b"[network]\n",
        b"# only a comment\n",
        b"x" * 10_000,
        bytes(range(256)) * 40,
    ],
)
def test_recognise_refuses_what_it_does_not_know(file_of: FileOf, content: bytes) -> None:
    path = file_of(content)
    error = refusal(path)
    assert str(error).startswith(f"{path}: is none of the formats that are known: MMDB")
    assert "start,end,country or start,end,asn,organisation" in str(error)
    assert error.place == ""


@settings(deadline=None, max_examples=200)
@given(content=st.binary(max_size=200) | st.text("0123456789.:,\"'\r\n\t#-/ aZ\0é", max_size=60).map(str.encode))
def test_recognise_answers_any_bytes_with_a_source_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    read_or_refused(tmp_path_factory.getbasetemp() / "any", content)


@settings(deadline=None, max_examples=400)
@given(data=st.data(), name=st.sampled_from(list(FORMATS)))
def test_recognise_answers_a_file_with_changed_bytes_with_a_source_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, name: str
) -> None:
    content = bytearray(FORMATS[name].content)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_or_refused(tmp_path_factory.getbasetemp() / "changed", bytes(content))


def read_or_refused(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    try:
        ranges = list(recognise(path).ranges())
        message = "read"
    except SourceError as error:
        ranges, message = [], str(error)
    assert message.isprintable()
    assert all(item.first <= item.last and isinstance(item.value, Facts) for item in ranges)
