"""The clients of many lines: who each was, by the rules for one.

To the rules all addresses are alike, but for trusted proxies and those that cannot be one client's. So of all lines
whose peer, or whose only forwarded address, is any other address, one is asked about, and the rest follow it; every
other pair of peer and header is asked about by itself, once.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from frontdesk.enrich.addresses import V4, V6, Addresses, read
from frontdesk.enrich.logs.columns import UNIX
from frontdesk.geodb.leaves import I32, Mask
from frontdesk.middleware.address import ClientAddress
from frontdesk.middleware.desk import Desk
from frontdesk.policy import Proxies

I64 = npt.NDArray[np.int64]

_NO_PEER = "no_peer"
_MOST_PEERS = 4096

# What follows is only ever too wide: whatever is in it is asked for by itself.
_FIRST_V4, _LAST_V4 = np.uint32(1 << 24), np.uint32((224 << 24) - 1)
_FIRST_V6, _LAST_V6 = np.uint64(1 << 32), np.uint64((0xFF << 56) - 1)
_HALF = (1 << 64) - 1


class Clients(NamedTuple):
    """The client's address of each line, and how it was found: the place of a word in `sources`."""

    addresses: Addresses
    source: I32
    sources: list[str]

    def unreadable(self, peers: pl.Series) -> I64:
        """The lines whose peer is no address: a log that has a name, or nothing, there is damaged or of no use."""
        if _NO_PEER not in self.sources:
            return np.zeros(0, np.int64)
        without = self.source == self.sources.index(_NO_PEER)
        return np.flatnonzero(without & (peers.fill_null("") != UNIX).to_numpy())


class Finder:
    """Finds clients under one policy."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._proxies: Proxies = desk.policy.proxies

    def find(self, peers: pl.Series, forwarded: pl.Series | None) -> Clients:
        """The clients of lines, from the peer and what the log has of the policy's header."""
        lines = _Lines(len(peers))
        told = None if forwarded is None else forwarded.is_not_null().to_numpy()
        if forwarded is None or told is None or not told.any():
            self._of_peers(lines, np.arange(len(peers)), peers)
            return lines.clients()
        silent = np.flatnonzero(~told)
        if len(silent):
            self._of_peers(lines, silent, peers.gather(silent))
        speaking = np.flatnonzero(told)
        self._of_chains(lines, speaking, peers.gather(speaking), forwarded.gather(speaking))
        return lines.clients()

    def _of_peers(self, lines: "_Lines", places: I64, peers: pl.Series) -> None:
        """Lines without the header."""
        addresses = read(peers)
        usual = self._usual(addresses)
        first = np.flatnonzero(usual)[:1]
        if len(first):
            asked = self._ask(peers[int(first[0])], None)
            if asked.address == addresses.packed(int(first[0])):
                if usual.all() and len(places) == lines.size:
                    lines.put_all(addresses, asked.source)
                    return
                lines.put(places[usual], addresses.take(usual), asked.source)
            else:
                usual[:] = False
        self._singly(lines, places[~usual], peers.filter(pl.Series(~usual)), None)

    def _of_chains(self, lines: "_Lines", places: I64, peers: pl.Series, chains: pl.Series) -> None:
        """Lines with the header: peer by peer, for some are believed and some are not."""
        chained = read(chains)
        usual = self._usual(chained) & ~chains.str.contains("%", literal=True).to_numpy()
        codes, names = _coded(peers)
        if len(names) > _MOST_PEERS:
            usual[:] = False
        for code in np.unique(codes[usual]).tolist():
            of_peer = usual & (codes == code)
            first = int(np.flatnonzero(of_peer)[0])
            asked = self._ask(names[code], chains[first])
            if asked.address == chained.packed(first):
                lines.put(places[of_peer], chained.take(of_peer), asked.source)
            else:  # the header is not believed, or says nothing in this form: so it is for each
                lines.put_one(places[of_peer], asked)
        self._singly(lines, places[~usual], peers.filter(pl.Series(~usual)), chains.filter(pl.Series(~usual)))

    def _singly(self, lines: "_Lines", places: I64, peers: pl.Series, chains: pl.Series | None) -> None:
        """Every distinct pair by itself."""
        if not len(places):
            return
        pairs = pl.DataFrame({"peer": peers, "chain": chains}) if chains is not None else pl.DataFrame({"peer": peers})
        groups = pairs.with_row_index("place").group_by(list(pairs.columns)).agg("place")
        for *pair, members in groups.select(*pairs.columns, "place").iter_rows():
            lines.put_one(places[np.asarray(members)], self._ask(pair[0], pair[1] if len(pair) > 1 else None))

    def _ask(self, peer: str | None, chain: str | None) -> ClientAddress:
        peer = None if peer == UNIX else peer or ""
        return self._desk.find(peer, () if chain is None else (chain.encode("latin-1", "replace"),))

    def _usual(self, addresses: Addresses) -> Mask:
        """Which addresses are neither a trusted proxy's, nor such as no client has."""
        v4, high = addresses.v4, addresses.high
        usual: Mask = (addresses.family == V4) & (v4 >= _FIRST_V4) & (v4 <= _LAST_V4)
        usual |= (addresses.family == V6) & (high >= _FIRST_V6) & (high <= _LAST_V6)
        for mask, value in self._proxies.trusted.tests(4):
            usual &= (addresses.family != V4) | ((v4 & np.uint32(mask)) != np.uint32(value))
        for mask, value in self._proxies.trusted.tests(16):
            same = (high & np.uint64(mask >> 64)) == np.uint64(value >> 64)
            same &= (addresses.low & np.uint64(mask & _HALF)) == np.uint64(value & _HALF)
            usual &= (addresses.family != V6) | ~same
        return usual


class _Lines:
    """The answers for lines, as they come."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._addresses = Addresses.none(size)
        self._source = np.zeros(size, np.int32)
        self._sources: dict[str, int] = {}

    def put_all(self, addresses: Addresses, source: str) -> None:
        """All lines have these addresses."""
        self._addresses, self._sources = addresses, {source: 0}

    def put(self, places: I64, addresses: Addresses, source: str) -> None:
        """Some lines have these addresses, found in one way."""
        self._addresses.put(places, addresses)
        self._source[places] = self._sources.setdefault(source, len(self._sources))

    def put_one(self, places: I64, client: ClientAddress) -> None:
        """Some lines have one client."""
        self._source[places] = self._sources.setdefault(client.source, len(self._sources))
        packed = client.address
        if packed is None:
            return
        if len(packed) == 4:  # noqa: PLR2004
            self._addresses.family[places], self._addresses.v4[places] = V4, int.from_bytes(packed)
        else:
            self._addresses.family[places] = V6
            self._addresses.high[places] = int.from_bytes(packed[:8])
            self._addresses.low[places] = int.from_bytes(packed[8:])

    def clients(self) -> Clients:
        """All of them."""
        return Clients(self._addresses, self._source, list(self._sources))


def _coded(texts: pl.Series) -> tuple[I32, list[str | None]]:
    """Texts as places in a list of the distinct ones."""
    names = texts.unique(maintain_order=True)
    frame = pl.DataFrame({"text": texts}).join(
        pl.DataFrame({"text": names}).with_row_index("code"),
        on="text",
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return frame["code"].to_numpy().astype(np.int32), names.to_list()
