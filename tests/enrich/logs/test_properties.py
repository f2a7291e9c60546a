"""Whatever stands in a request comes out of the log as it was, or its line is rejected: no line tells of another."""

from itertools import zip_longest
from pathlib import Path
from tempfile import NamedTemporaryFile

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.batch import joined
from frontdesk.enrich.logs.formats import NAMES, named
from frontdesk.enrich.logs.source import Block, Source

FORMAT = '$remote_addr [$time_local] "$http_user_agent" $status "$http_referer" $host'
AT = "17/Mar/2030:17:46:40 +0000"

value = st.text(st.characters(max_codepoint=255), max_size=30)


def nginx(text: str) -> str:
    """As nginx escapes a variable."""
    return "".join(f"\\x{ord(each):02X}" if each in '"\\' or not " " <= each <= "~" else each for each in text) or "-"


def apache(text: str) -> str:
    """As Apache escapes one: quotes and backslashes by a backslash, the rest as nginx does."""
    named_ = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    return "".join(named_.get(each) or (each if " " <= each <= "~" else f"\\x{ord(each):02x}") for each in text) or "-"


@settings(deadline=None)
@given(st.lists(st.tuples(value, value), min_size=1, max_size=8), st.sampled_from([nginx, apache]))
def test_values_come_back_as_they_were(values: list[tuple[str, str]], escape: object) -> None:
    assert callable(escape)
    log = "".join(f'192.0.2.1 [{AT}] "{escape(one)}" 200 "{escape(other)}" x\n' for one, other in values)
    batch = named(FORMAT).read(log.encode("latin-1"))
    assert batch.rejects == []
    found = batch.columns.select(c.USER_AGENT, c.REFERRER).rows()
    # A lone `-` is how a log says that there was nothing.
    assert found == [tuple(None if each in {"", "-"} else each for each in row) for row in values]


@settings(deadline=None)
@given(st.binary(max_size=300).filter(lambda noise: b"\n" not in noise), st.sampled_from(NAMES))
def test_noise_is_rejected_or_read_and_never_spills_into_the_next_line(noise: bytes, name: str) -> None:
    format_ = named(name)
    alone = format_.read(noise + b"\n")
    assert len(alone.columns) + len(alone.rejects) + alone.comments == alone.lines == 1
    twice = format_.read(noise + b"\n" + noise + b"\n")
    assert twice.lines == 2
    assert len(twice.columns) == 2 * len(alone.columns)


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"a", b"\n", b"bc\n", b"\n\n", b"long" * 9]), max_size=30), st.integers(1, 40))
def test_a_block_cut_into_parts_is_the_same_lines(pieces: list[bytes], size: int) -> None:
    data = b"".join(pieces)
    parts = list(Block(0, 1, data).parts(size))
    assert b"".join(parts) == data
    assert all(part.endswith(b"\n") for part in parts[:-1])
    if data:
        batches = [named("combined").read(part) for part in parts]
        whole = joined(batches)
        assert whole.lines == data.count(b"\n") + (not data.endswith(b"\n"))
        assert [number for number, _ in whole.rejects] == list(range(1, whole.lines + 1))
        assert isinstance(whole.columns, pl.DataFrame)


@given(
    st.binary(max_size=600),
    st.integers(1, 40),
    st.lists(st.booleans(), max_size=40),
)
def test_blocks_whose_memory_is_taken_back_are_the_log(data: bytes, more: int, back: list[bool]) -> None:
    size = max(map(len, data.split(b"\n"))) + more
    with NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        with Source(Path(file.name)) as source:
            found, waiting = b"", []
            for block, now in zip_longest(source.blocks(size), back):
                if block is None:
                    break
                found += block.data
                waiting.append(block.data)
                if now:
                    source.take_back(waiting.pop())
    assert found == data
