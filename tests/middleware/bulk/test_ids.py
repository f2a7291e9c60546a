"""The ids of the day of many visitors."""

import re
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from frontdesk.enrich.addresses import Addresses, read
from frontdesk.middleware.bulk.ids import Ids

_DAY = 86_400_000
_SECRET = bytes(range(32))


def of(
    texts: list[str | None],
    at: list[int] | None = None,
    entity: list[int] | None = None,
    wanted: list[bool] | None = None,
    ids: Ids | None = None,
) -> list[str | None]:
    size = len(texts)
    found = (ids or Ids(_SECRET)).of(
        addresses(texts),
        np.array(at or [_DAY] * size, np.int64),
        np.array(entity or [0] * size, np.int64),
        ["one", "two"],
        np.array(wanted or [True] * size, np.bool_),
    )
    assert found.dtype == pl.String
    return found.to_list()


def addresses(texts: list[str | None]) -> Addresses:
    return read(pl.Series(texts, dtype=pl.String))


def test_ids_are_one_for_one_visitor_of_one_company_on_one_day() -> None:
    texts: list[str | None] = ["192.0.2.1", "2001:db8::1", "192.0.2.1", "2001:db8::1", "2001:db8::2"]
    first, second, again, second_again, third = of(texts, at=[_DAY, _DAY, 2 * _DAY - 1, _DAY + 5, _DAY])
    assert first == again
    assert second == second_again
    assert len({first, second, third}) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", each or "") for each in (first, second, third))


@pytest.mark.parametrize(
    ("at", "entity"), [([_DAY, 2 * _DAY], [0, 0]), ([_DAY, _DAY], [0, 1]), ([_DAY, 2 * _DAY], [0, 1])]
)
def test_ids_do_not_link_days_or_companies(at: list[int], entity: list[int]) -> None:
    one, other = of(["192.0.2.1", "192.0.2.1"], at, entity)
    assert one != other


def test_ids_of_another_run_are_others() -> None:
    assert of(["192.0.2.1"], ids=Ids()) != of(["192.0.2.1"], ids=Ids())


def test_ids_of_a_run_a_day_and_a_company_begin_alike_and_no_others_do() -> None:
    texts: list[str | None] = ["192.0.2.1", "2001:db8::1", "192.0.2.1", "192.0.2.1"]
    tags = [(each or "")[:8] for each in of(texts, [_DAY, _DAY, _DAY, 2 * _DAY], [0, 0, 1, 0])]
    assert tags[0] == tags[1]
    assert len({*tags, *((each or "")[:8] for each in of(["192.0.2.1"], ids=Ids()))}) == 4


def test_ids_of_machines_that_share_a_secret_are_the_same_however_the_lines_are_cut() -> None:
    texts: list[str | None] = ["192.0.2.1", "198.51.100.7", "2001:db8::1", "192.0.2.1"]
    at, entity = [_DAY, 3 * _DAY, _DAY, _DAY], [0, 1, 1, 0]
    singly = [of([text], [when], [whose])[0] for text, when, whose in zip(texts, at, entity, strict=True)]
    assert of(texts, at, entity) == singly


def test_ids_are_given_only_where_they_are_wanted_and_somebody_is() -> None:
    found = of(["192.0.2.1", None, "192.0.2.3", "no address", "192.0.2.1"], wanted=[True, True, False, True, True])
    assert [each is not None for each in found] == [True, False, False, False, True]
    assert found[0] == found[4]


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9])
def test_ids_of_nobody_are_a_column_without_any(size: int) -> None:
    assert of([None] * size) == [None] * size


def test_ids_tell_as_many_visitors_apart_as_there_are() -> None:
    texts: list[str | None] = [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(70_000)]
    assert len(set(of(texts))) == len(texts)


def test_ids_say_nothing_of_the_address_without_the_secret() -> None:
    """Neighbours have half of all bits but the tag's apart, as strangers have."""
    near = of([f"192.0.2.{n}" for n in range(256)])
    apart = [(int(one or "", 16) ^ int(other or "", 16)).bit_count() for one, other in pairwise(near)]
    assert 45 < np.mean(apart) < 51
    assert min(apart) > 20
