"""MaxMind's privacy exclusions."""

import pytest

from frontdesk.geodb.ranges import Range
from frontdesk.geodb.sources import Facts, recognise

from .files import V4, FileOf, refusal


def test_types_that_are_not_known_are_counted_and_not_used(file_of: FileOf) -> None:
    path = file_of(
        b'{"exclusions": [{"data_type": "network", "value": "5.0.0.0/24", "more": 1},'
        b' {"data_type": "email", "value": "x@acme.example"}, {"data_type": "asn", "value": 64500}], "next": null}'
    )
    source = recognise(path)
    assert source.ignored == 2
    assert list(source.ranges()) == [Range(*V4, Facts(excluded=True))]


def test_the_kind_of_exclusion_does_not_matter(file_of: FileOf) -> None:
    path = file_of(b'{"exclusions": [{"exclusion_type": "new_law", "data_type": "network", "value": "5.0.0.0/24"}]}')
    assert len(list(recognise(path).ranges())) == 1


def test_none_may_be_excluded(file_of: FileOf) -> None:
    source = recognise(file_of(b'{"exclusions": []}'))
    assert list(source.ranges()) == []
    assert source.fields == {"excluded"}


@pytest.mark.parametrize("value", [b'"5.0.0.1/24"', b'"acme.example"', b"7", b"null", b'["5.0.0.0/24"]'])
def test_a_network_that_is_none_is_refused_with_its_place(file_of: FileOf, value: bytes) -> None:
    good = b'{"data_type": "network", "value": "5.0.0.0/24"}'
    error = refusal(file_of(b'{"exclusions": [' + good + b', {"data_type": "network", "value": ' + value + b"}]}"))
    assert error.place == "entry 2"


@pytest.mark.parametrize(
    "content",
    [
        b'{"exclusions": [',
        b'{"exclusions": {}}',
        b'{"exclusions": [1]}',
        b'{"exclusions": [{"value": "5.0.0.0/24"}]}',
        b'{"exclusions": [{"data_type": "\xff"}]}',
        b'{"exclusions": ' + b"[" * 100_000,
    ],
)
def test_damaged_json_is_refused(file_of: FileOf, content: bytes) -> None:
    assert "is damaged JSON of exclusions: " in str(refusal(file_of(content)))
