"""Frames: a column of addresses and what each means, as one look-up says it."""

import runpy
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.enrich import Enricher, frame
from frontdesk.enrich.addresses import read
from frontdesk.enrich.frames import SCHEMA
from frontdesk.geodb import Database
from frontdesk.geodb.leaves import ASK, leaves_of
from frontdesk.policy.networks import pack, unpack

ROOT = Path(__file__).parents[2]
DATABASE = Database()

v4 = st.integers(0, 2**32 - 1).map(lambda number: unpack(number.to_bytes(4)))
v6 = st.integers(0, 2**128 - 1).map(lambda number: unpack(number.to_bytes(16)))
low = st.integers(0, 2**100).map(lambda number: unpack(number.to_bytes(16)))
mapped = v4.map("::ffff:{}".format)
odd = st.text("0123456789abcdef.:%/ +-[]", max_size=20)
texts = st.one_of(v4, v6, low, mapped, odd, v4.map(" {}".format), v4.map("0{}".format), st.none())


@settings(deadline=None)
@given(st.lists(texts, max_size=30))
def test_a_column_holds_the_addresses_that_each_text_is(column: list[str | None]) -> None:
    found = read(pl.Series(column, dtype=pl.String))
    assert [found.packed(place) for place in range(len(column))] == [pack(text) if text else None for text in column]


@settings(deadline=None)
@given(st.lists(st.one_of(v4, v6, low), min_size=1, max_size=30))
def test_the_leaves_answer_as_a_look_up_does(addresses: list[str]) -> None:
    leaves, read_ = leaves_of(DATABASE), read(pl.Series(addresses))
    for place, address in enumerate(addresses):
        is_v4 = read_.family[place] == 4
        one = slice(place, place + 1)
        answer = leaves.of_v4(read_.v4[one]) if is_v4 else leaves.of_v6(read_.high[one])
        if answer[0] != ASK:
            assert DATABASE.lookup(leaves.sample(answer[0])) == DATABASE.lookup(address)


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
