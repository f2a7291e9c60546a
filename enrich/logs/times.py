"""Times as logs write them, in milliseconds since 1970; null where one cannot be read."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

from frontdesk.policy.retention import LONGEST_AGGREGATE_DAYS, LONGEST_AUDIT_DAYS

_ZONE = re.compile(r"([+-])(\d\d):?([0-5]\d)\Z")
_STAMP = len("17/May/2015:10:05:03")
_LONGEST_KEPT = timedelta(days=max(LONGEST_AGGREGATE_DAYS, LONGEST_AUDIT_DAYS))
_LATEST = int((datetime.max.replace(tzinfo=UTC) - _LONGEST_KEPT).timestamp()) * 1000
"""Of what came later nobody could say when it expires: years have four digits."""
_SHORT = {"T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "F": "%Y-%m-%d", "e": "%d", "h": "%b"}
"""What `strftime` writes and `strptime` knows by other names."""
_SAMPLE = datetime(2030, 11, 23, 17, 46, 40, tzinfo=UTC)


def possible(times: pl.Expr) -> pl.Expr:
    """Times in milliseconds that a request can have had: since 1970, and not so late that no expiry could be told."""
    whole = times.cast(pl.Int64, strict=False)
    return pl.when(whole.is_between(0, _LATEST)).then(whole)


def local(texts: pl.Expr) -> pl.Expr:
    """`17/May/2015:10:05:03 +0000`, as Apache and nginx write it."""
    return texts.map_batches(_local, return_dtype=pl.Int64)


def utc(day: pl.Expr, time: pl.Expr) -> pl.Expr:
    """A day and a time of day in two columns, in UTC."""
    return pl.concat_str(day, pl.lit("T"), time).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False).dt.epoch("ms")


def iso(texts: pl.Expr) -> pl.Expr:
    """ISO 8601, with its offset from UTC."""
    return _each(texts, _iso)


def seconds(texts: pl.Expr) -> pl.Expr:
    """Seconds since 1970, with or without a fraction."""
    return (texts.cast(pl.Float64, strict=False) * 1000).round().cast(pl.Int64, strict=False)


def milliseconds(texts: pl.Expr) -> pl.Expr:
    """Milliseconds since 1970."""
    return texts.cast(pl.Int64, strict=False)


def microseconds(texts: pl.Expr) -> pl.Expr:
    """Microseconds since 1970."""
    return texts.cast(pl.Int64, strict=False) // 1000


def written(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    """Times in a form of `strftime`; without an offset they are in UTC.

    Raises `ValueError` where the form cannot be read, or tells no day and hour.
    """
    form = re.sub("%(.)", lambda match: _SHORT.get(match[1], match[0]), pattern)

    def read(text: str) -> int | None:
        try:
            return milliseconds_of(datetime.strptime(text, form))  # noqa: DTZ007 - it may have a zone of its own
        except (ValueError, OverflowError):
            return None

    if not _tells_hours(form):
        raise ValueError(pattern)
    return lambda texts: _each(texts, read)


def _tells_hours(form: str) -> bool:
    """Whether a time that is written in a form of `strftime` is read again, to the hour at least."""
    try:
        again = datetime.strptime(_SAMPLE.strftime(form), form)  # noqa: DTZ007 - as above
    except (ValueError, re.error):
        return False
    return (again.date(), again.hour) == (_SAMPLE.date(), _SAMPLE.hour)


def milliseconds_of(moment: datetime) -> int:
    """A time in milliseconds since 1970."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _iso(text: str) -> int | None:
    try:
        return milliseconds_of(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _each(texts: pl.Expr, read: Callable[[str], int | None]) -> pl.Expr:
    """Every distinct text by itself: lines of one second share it."""

    def of(column: pl.Series) -> pl.Series:
        distinct = pl.DataFrame({"text": column.drop_nulls().unique()})
        times = distinct.with_columns(at=pl.Series([read(text) for text in distinct["text"]], dtype=pl.Int64))
        joined = pl.DataFrame({"text": column}).join(times, on="text", how="left", maintain_order="left")
        return joined["at"]

    return texts.map_batches(of, return_dtype=pl.Int64)


def _local(texts: pl.Series) -> pl.Series:
    begins = texts.ne_missing(texts.shift(1))  # of the lines of one second that stand together
    if len(texts) < 2 * begins.sum() or not len(texts):
        return _local_each(texts)
    begins = begins.scatter(0, True)
    return _local_each(texts.filter(begins)).gather(begins.cum_sum() - 1)


def _local_each(texts: pl.Series) -> pl.Series:
    stamps = texts.str.slice(0, _STAMP).str.to_datetime("%d/%b/%Y:%H:%M:%S", strict=False, time_unit="ms")
    return stamps.to_physical() - _offsets(texts.str.slice(_STAMP + 1))


def _offsets(zones: pl.Series) -> pl.Series:
    """How far zones are ahead of UTC, in milliseconds."""
    zone: str | None = zones[0] if len(zones) else None
    if zones.eq_missing(zone).all():  # all lines have the same one, mostly
        return pl.repeat(_offset(zone), len(zones), dtype=pl.Int64, eager=True)
    known = {zone: _offset(zone) for zone in zones.unique().to_list()}
    return zones.replace_strict(known, return_dtype=pl.Int64)


def _offset(zone: str | None) -> int | None:
    match = _ZONE.match(zone or "")
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    return (-minutes if match[1] == "-" else minutes) * 60_000
