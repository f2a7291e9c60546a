"""Frames: a column of addresses and what each means, as one look-up says it."""

import runpy
from collections import defaultdict
from ipaddress import IPv6Address
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.enrich import Enricher, frame
from frontdesk.enrich.addresses import read
from frontdesk.enrich.bulk import Findings
from frontdesk.enrich.frames import SCHEMA
from frontdesk.geodb import Database
from frontdesk.geodb.leaves import ASK, Kind, leaves_of
from frontdesk.policy.networks import pack, unpack

ROOT = Path(__file__).parents[2]
DATABASE = Database()

v4 = st.integers(0, 2**32 - 1).map(lambda number: unpack(number.to_bytes(4)))
v6 = st.integers(0, 2**128 - 1).map(lambda number: unpack(number.to_bytes(16)))
low = st.integers(0, 2**100).map(lambda number: unpack(number.to_bytes(16)))
mapped = v4.map("::ffff:{}".format)
odd = st.text("0123456789abcdef.:%/ +-[]", max_size=20)
whole = v6.map(lambda text: IPv6Address(text).exploded)
# Mostly not addresses, but nearly: colons in all places, groups that are too long, letters of both cases.
nearly = st.lists(st.sampled_from(["", "0", "1", "fF", "A0bC", "00001"]), max_size=10).map(":".join)
shortened = st.tuples(nearly, nearly).map("::".join)
nearly_v4 = st.lists(st.sampled_from(["", "0", "9", "25", "07", "255", "256", "1000", "x"]), max_size=6).map(".".join)
texts = st.one_of(
    v4, nearly_v4, v6, low, whole, nearly, shortened, mapped, odd, v4.map(" {}".format), v4.map("0{}".format), st.none()
)


@settings(deadline=None)
@given(st.lists(texts, max_size=30))
def test_a_column_holds_the_addresses_that_each_text_is(column: list[str | None]) -> None:
    found = read(pl.Series(column, dtype=pl.String))
    assert [found.packed(place) for place in range(len(column))] == [pack(text) if text else None for text in column]


@pytest.mark.parametrize(
    "text",
    [
        *("::", "::1", "1::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "2a00::1"),
        *(
            "1:2:3:4:5:6:7:8::",
            "1:2:3:4::5:6:7:8",
            "1::2::3",
            "1:::2",
            ":1::2",
            "1::2:",
            "00001::",
            "1:2:3:4:5:6:7",
            "g::",
        ),
        *(
            "::ffff:1.2.3.4",
            "::ffff:0102:0304",
            "::ffff:0:0:1",
            "a:b:c:d:e:f:1.2.3.4",
            "fe80::1%eth0",
            " 1::2",
            "\xe9::1",
        ),
        *("0.0.0.0", "255.255.255.255", "1.2.3.4", "100.20.3.0", "256.1.1.1", "1.1.1.999", "1.1.1.01", "00.1.1.1"),
        *("", ".", "...", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.5", "1.2.3.4.", "1234.1.1.1", "1.2.3.a"),
        *("1.2.3.4.567890123", "1.2.3.4.5678901234567890", "1.2.3.4 and more text", "1.2.3.4\n", "\u0661.2.3.4"),
    ],
)
def test_a_text_is_the_same_address_among_others_as_by_itself(text: str) -> None:
    found = read(pl.Series(["2001:db8::7", text, "8.8.8.8", None]))
    assert [found.packed(place) for place in range(4)] == [pack("2001:db8::7"), pack(text), pack("8.8.8.8"), None]


@settings(deadline=None)
@given(st.lists(st.one_of(v4, v6, low), min_size=1, max_size=30))
def test_the_leaves_answer_as_a_look_up_does(addresses: list[str]) -> None:
    leaves, read_ = leaves_of(DATABASE), read(pl.Series(addresses))
    for place, address in enumerate(addresses):
        is_v4 = read_.family[place] == 4
        one = slice(place, place + 1)
        answer = leaves.of_v4(read_.v4[one]) if is_v4 else leaves.of_v6(read_.high[one])
        if answer[0] != ASK:
            assert DATABASE.lookup(leaves.kinds(answer)[0].address) == DATABASE.lookup(address)


def test_the_networks_of_one_record_share_a_finding_and_have_each_its_own_length() -> None:
    enricher, chance = Enricher(DATABASE), Random(5)
    findings, leaves = Findings(DATABASE, enricher), leaves_of(DATABASE)
    kinds = leaves.kinds(np.array(chance.sample(range(len(leaves)), 4000), np.int32))
    records: dict[int, list[Kind]] = defaultdict(list)
    for kind in leaves.kinds(np.arange(len(leaves), dtype=np.int32)):
        records[kind.record].append(kind)
    often: list[Kind] = max(records.values(), key=len)
    kinds += often
    numbers = findings.of(read(pl.Series([kind.address for kind in kinds])))
    for kind, number in zip(kinds, numbers.tolist(), strict=True):
        alone, found = enricher.find(kind.address), findings.find(number)
        assert (found.organisation, found.reason) == (alone.organisation, alone.reason)
        assert found.record._replace(prefix_length=0) == alone.record._replace(prefix_length=0)
    assert len(findings) < len({kind[:3] for kind in kinds})


@settings(deadline=None)
@given(st.lists(texts, max_size=20))
def test_a_frame_says_what_one_look_up_says(column: list[str | None]) -> None:
    enricher = Enricher(DATABASE)
    told = frame(pl.DataFrame({"ip": pl.Series(column, dtype=pl.String), "n": np.arange(len(column))}))
    assert told.columns == ["ip", "n", *SCHEMA]
    for text, row in zip(column, told.iter_rows(named=True), strict=True):
        packed = pack(text) if text else None
        finding = enricher.find(unpack(packed) if packed else None)
        named = finding.organisation
        assert row["country"] == finding.record.country
        assert row["network_type"] == finding.record.type
        assert row["organisation"] == (named.name if named else None)
        assert row["organisation_reason"] == finding.reason
        assert row["evidence_prefix_length"] == (named.evidence.prefix_length if named else None)


def test_an_expression_and_a_frame_say_the_same() -> None:
    df = pl.DataFrame({"ip": ["128.112.0.77", "8.8.8.8", None]})
    whole = frame(df)
    assert df.frontdesk.enrich().equals(whole)  # type: ignore[attr-defined]
    network = df.lazy().select(pl.col("ip").frontdesk.network().alias("network")).collect()  # type: ignore[attr-defined]
    assert network.unnest("network").equals(whole.drop("ip"))
    organisation = df.select(pl.col("ip").frontdesk.organisation()).to_series()  # type: ignore[attr-defined]
    assert organisation.to_list() == ["Princeton University", None, None]


def test_a_column_that_is_there_is_not_lost() -> None:
    df = pl.DataFrame({"client": ["8.8.8.8"], "country": ["mine"]})
    with pytest.raises(pl.exceptions.DuplicateError):
        frame(df, address="client")
    assert frame(df, address="client", prefix="net_").row(0)[:3] == ("8.8.8.8", "mine", "US")


def test_the_example_notebook_runs(capsys: pytest.CaptureFixture[str]) -> None:
    told = runpy.run_path(str(ROOT / "docs" / "examples" / "whole_logs.py"))
    assert told["organisations"].row(0) == ("Princeton University", 2)
    assert told["by_country"].height >= 3
    assert "Princeton University" in capsys.readouterr().out
