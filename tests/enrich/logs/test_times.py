"""Times of many lines are those of each line by itself."""

from datetime import datetime, timedelta, timezone

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.enrich.logs.times import local

_MOMENTS = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 - the zone is put beside it
    datetime(2100, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
_TEXTS = st.one_of(
    _MOMENTS.map(lambda moment: moment.strftime("%d/%b/%Y:%H:%M:%S %z")),
    st.sampled_from(["17/May/2015:10:05:03 +0000", "17/May/2015:10:05:04 +0000", "17/May/2015:10:05:03 +0200"]),
    st.sampled_from([None, "", "-", "17/May/2015:10:05:03", "30/Feb/2015:10:05:03 +0000", "17/May/2015:10:05:03 0000"]),
    st.text(max_size=26),
)
_RUNS = st.lists(st.tuples(_TEXTS, st.integers(1, 9)), max_size=12)


def read(texts: list[str | None]) -> list[int | None]:
    return pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).select(local(pl.col("text"))).to_series().to_list()


@settings(deadline=None)
@given(_RUNS)
def test_a_time_is_the_same_whatever_stands_beside_it(runs: list[tuple[str | None, int]]) -> None:
    texts = [text for text, times in runs for _ in range(times)]
    assert read(texts) == [read([text])[0] for text in texts]


@settings(deadline=None)
@given(_MOMENTS)
def test_a_time_is_that_of_its_zone(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert read([moment.strftime("%d/%b/%Y:%H:%M:%S %z")]) == [round(moment.timestamp() * 1000)]
