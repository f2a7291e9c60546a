"""The networks of many addresses are those of each."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.enrich.addresses import read
from frontdesk.policy.networks import pack, unpack
from frontdesk.systemdata.minimise import coarser, network_of
from frontdesk.systemdata.networks import networks_of

v4 = st.integers(0, 2**32 - 1).map(lambda number: unpack(number.to_bytes(4)))
v6 = st.integers(0, 2**128 - 1).map(lambda number: unpack(number.to_bytes(16)))
short = st.tuples(*[st.sampled_from([0, 1, 0x2001, 0x2002, 0xFFFF])] * 8).map(
    lambda groups: unpack(b"".join(group.to_bytes(2) for group in groups))
)


@settings(deadline=None)
@given(st.lists(st.tuples(st.one_of(v4, v6, short, st.none()), st.booleans()), max_size=20))
def test_a_column_of_networks_says_what_each_rule_says(lines: list[tuple[str | None, bool]]) -> None:
    texts = [text for text, _ in lines]
    told = networks_of(read(pl.Series(texts, dtype=pl.String)), np.array([few for _, few in lines], np.bool_))
    expected = []
    for text, few in lines:
        packed = pack(text) if text else None
        network = None if packed is None else network_of(packed)
        expected.append(coarser(network) if network and few else network)
    assert told.to_list() == expected
