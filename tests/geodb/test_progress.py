"""How far a build is: the bar follows what is read and merged, never goes back, and costs nothing for one range."""

import gzip
import itertools
from pathlib import Path

import pytest

from frontdesk.geodb.build import build
from frontdesk.geodb.progress import MERGING, PLACING, READING, WRITING, Course, watched
from frontdesk.geodb.sources import recognise
from frontdesk.geodb.sources.content import following

from .sources.files import mmdb_of

_BATCH = 8192
_ROWS = 20_000


def rows(count: int = _ROWS) -> str:
    """As many networks of a /24 each, from 5.0.0.0 on, in countries that alternate."""
    return "".join(
        f"{5 + (at >> 16)}.{at >> 8 & 255}.{at & 255}.0,{5 + (at >> 16)}.{at >> 8 & 255}.{at & 255}.255,"
        f"{'FR' if at % 2 else 'DE'}\n"
        for at in range(count)
    )


def test_the_steps_are_all_of_it() -> None:
    assert pytest.approx(1) == READING + PLACING + MERGING + WRITING


def test_a_step_begins_where_the_one_before_ends_and_never_goes_back() -> None:
    said: list[tuple[str, float]] = []
    course = Course(lambda words, done: said.append((words, round(done, 3))))
    tell = course.step("reading", 0.5)
    for part in (0.5, 0.2, 1, 7):
        tell(part)
    course.step("merging", 0.5)(0.5)
    assert said == [
        ("reading", 0),
        ("reading", 0.25),
        ("reading", 0.5),
        ("merging", 0.5),
        ("merging", 0.75),
    ]


@pytest.mark.parametrize("count", [0, 1, _BATCH, _BATCH + 1, 3 * _BATCH])
def test_items_are_watched_by_the_batch(count: int) -> None:
    seen: list[tuple[int, int]] = []
    assert list(watched(range(count), lambda taken, item: seen.append((taken, item)))) == list(range(count))
    assert len(seen) == -(-count // _BATCH)
    assert all(taken == item + 1 for taken, item in seen)
    assert not count or seen[-1] == (count, count - 1)


@pytest.mark.parametrize("kind", ["csv", "gzip", "mmdb"])
def test_reading_is_followed_to_the_end_of_the_file(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "country"
    text = rows().encode()
    if kind == "mmdb":
        first = 5 << 24
        ranges = [
            ((first + at * 256, first + at * 256 + 255), {"country_code": f"A{'BC'[at % 2]}"}) for at in range(_ROWS)
        ]
        file.write_bytes(mmdb_of(*ranges))
    else:
        file.write_bytes(gzip.compress(text) if kind == "gzip" else text)
    said: list[float] = []
    source = recognise(file)
    with following(said.append):
        assert len(list(source.ranges())) == _ROWS
    assert said == sorted(said)
    if kind != "mmdb":  # whose nodes are shared here, so that they are fewer than its networks
        assert 0 < said[0] < 1
        assert said[-1] == 1
    told = len(said)
    list(source.ranges())
    assert len(said) == told, "nobody follows any more"


def test_a_build_comes_to_its_end_in_small_steps(tmp_path: Path) -> None:
    file = tmp_path / "country.csv"
    file.write_text(rows())
    (tmp_path / "package.json").write_text('{"name": "p", "version": "1.0.20260617"}')
    said: list[float] = []
    build([file], tmp_path / "networks.mmdb", progress=lambda _, done: said.append(done))
    assert said == sorted(said)
    assert said[0] == 0
    assert said[-1] == pytest.approx(1 - WRITING * 0.1)
    assert max(after - before for before, after in itertools.pairwise(said)) < 0.25
    assert len(said) < 100, "nothing is told of single ranges"


def test_a_build_is_told_of_at_most_500_times() -> None:
    said: list[float] = []
    tell = Course(lambda _, done: said.append(done)).step("reading", 1)
    for part in range(10_001):
        tell(part / 10_000)
    assert 400 < len(said) <= 501
