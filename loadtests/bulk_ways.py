"""The other ways to read a log that `bulk` measures, each as little as it can be."""

import json
import os
import re
import sys
from collections.abc import Callable
from multiprocessing import Process
from pathlib import Path

import orjson

from frontdesk.geodb import Database

from . import logs
from .vendors import write_one


def floor(log: str, out: str, database: str) -> None:
    """Polars: lines split at blanks, one look-up in the merged database, Parquet. No rules, no times, no book."""
    import maxminddb_polars  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415

    wanted = pl.Struct(
        {
            "country": pl.Struct({"iso_code": pl.String}),
            "autonomous_system_number": pl.UInt32,
            "autonomous_system_organization": pl.String,
            "network": pl.Struct({"type": pl.String}),
        }
    )
    lines = pl.scan_csv(log, has_header=False, separator="\x01", quote_char=None, schema={"line": pl.String})
    parts = lines.select(pl.col("line").str.splitn(" ", 12).struct.unnest())
    named = {"ip": 0, "time": 3, "page": 6, "status": 8, "agent": 11}
    visits = parts.select(**{name: pl.col(f"field_{place}") for name, place in named.items()})
    found = visits.with_columns(maxminddb_polars.lookup("ip", database, dtype=wanted, strict=False).alias("network"))
    found.drop("ip").unnest("network").sink_parquet(out)


def lean(log: str, out: str, database: str, processes: str) -> None:
    """Plain Python, as fast as it goes: bytes split, each address looked up once, the JSON of each network prepared."""
    size, count = Path(log).stat().st_size, int(processes)
    ends = [size * part // count for part in range(count + 1)]
    workers = [Process(target=_lean, args=(log, f"{out}.{n}", database, *ends[n : n + 2])) for n in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        sys.exit(1)


def _lean(log: str, out: str, database: str, start: int, end: int) -> None:
    import maxminddb  # noqa: PLC0415

    reader = maxminddb.open_database(database, maxminddb.MODE_AUTO)
    known: dict[bytes, bytes] = {}
    with Path(log).open("rb") as stream, Path(out).open("wb") as book:
        stream.seek(start)
        if start:
            stream.readline()
        lines: list[bytes] = []
        while stream.tell() <= end and (block := stream.readlines(1 << 20)):
            for line in block:
                address, rest = line.split(b" ", 1)
                network = known.get(address)
                if network is None:
                    network = known[address] = orjson.dumps(reader.get(address.decode()))
                    if len(known) > 100_000:  # noqa: PLR2004
                        known.clear()
                parts = rest.split(b'"', 6)
                lines.append(
                    b'{"t":"%b","r":"%b","s":%b,"n":%b}\n'
                    % (rest[5:25], parts[1].split(b" ", 2)[1], parts[2][1:4], network)
                )
            book.write(b"".join(lines))
            lines.clear()


_COMBINED = re.compile(r'(\S+) \S+ \S+ \[([^\]]+)\] "([^"]*)" (\d{3}) (\S+) "([^"]*)" "([^"]*)"')


def geoip2(log: str, out: str, database: str) -> None:
    """The usual way: a pattern, MaxMind's own library for the city, address by address, a line of JSON each."""
    import geoip2.database  # noqa: PLC0415
    import geoip2.errors  # noqa: PLC0415

    reader = geoip2.database.Reader(database)
    with Path(log).open(encoding="latin-1") as stream, Path(out).open("w", encoding="utf-8") as book:
        for line in stream:
            match = _COMBINED.match(line)
            if match is None:
                continue
            address, at, request, status, size, referrer, agent = match.groups()
            try:
                found = reader.city(address)
                place = {"country": found.country.iso_code, "city": found.city.name}
            except geoip2.errors.AddressNotFoundError:
                place = {}
            told = {"time": at, "request": request, "status": int(status), "size": size, "referrer": referrer}
            book.write(json.dumps({**told, "agent": agent, **place}) + "\n")


def log(log: str, lines: str, _folder: str) -> None:
    """Write the log."""
    logs.write(Path(log), int(lines))


def city(_log: str, _lines: str, folder: str) -> None:
    """Write a vendor's database for the ways that want one."""
    write_one(Database(), "City", Path(folder))


WAYS: dict[str, Callable[..., None]] = {"floor": floor, "lean": lean, "geoip2": geoip2, "log": log, "city": city}


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", str(len(os.sched_getaffinity(0))))
    WAYS[sys.argv[1]](*sys.argv[2:])
