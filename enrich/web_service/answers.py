"""The answers that are known, by the network that each is for: in memory only, bounded, with an expiry."""

from collections.abc import Callable

from frontdesk.enrich.web_service.answer import Answer, Network

_MOST = 16_384
# Of IPv6 only the first half is asked about, so only that is compared.
_BITS = {4: 32, 6: 64}
_V4 = 4

_Key = tuple[int, int, int]  # version, prefix length, the network's bits


class Answers:
    """One thread keeps answers, any thread may look for one: each step is a single one of a `dict`."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        """Hold each answer for a time, counted from its arrival."""
        self._seconds = seconds
        self._clock = clock
        self._kept: dict[_Key, tuple[float, Answer]] = {}  # the oldest first
        self._lengths: dict[int, tuple[int, ...]] = {4: (), 6: ()}  # those in use, the longest first

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, address: bytes) -> Answer | None:
        """The answer for the smallest known network around a packed address."""
        version = 4 if len(address) == _V4 else 6
        bits = _BITS[version]
        number = int.from_bytes(address[: bits // 8])
        for length in self._lengths[version]:
            kept = self._kept.get((version, length, number >> (bits - length)))
            if kept is not None and kept[0] > self._clock():
                return kept[1]
        return None

    def keep(self, network: Network, answer: Answer) -> None:
        """Hold an answer; beyond a number, the oldest goes."""
        version, bits = network.version, _BITS[network.version]
        length = min(network.prefixlen, bits)
        key = (version, length, int(network.network_address) >> (network.max_prefixlen - length))
        self._kept.pop(key, None)  # what is asked again moves to the end
        self._kept[key] = (self._clock() + self._seconds, answer)
        if length not in self._lengths[version]:
            self._lengths[version] = tuple(sorted({*self._lengths[version], length}, reverse=True))
        while len(self._kept) > _MOST:
            del self._kept[next(iter(self._kept))]

    def drop_expired(self) -> None:
        """Forget what has expired."""
        now = self._clock()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            del self._kept[next(iter(self._kept))]
