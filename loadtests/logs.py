"""An access log to measure with: combined format, mostly distinct addresses, browsers and pages as they come."""

import time
from pathlib import Path
from random import Random

from frontdesk.policy.networks import unpack

_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{} Safari/605",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; Pixel {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537",
    "Mozilla/5.0 (compatible; Googlebot/2.{}; +http://www.google.com/bot.html)",
    "curl/8.{}.0",
)
_VERSIONS = 60
_REFERRERS = (
    "-",
    "-",
    "-",
    "https://www.google.com/",
    "https://news.example.org/item?id={}",
    "https://www.aurora.example/products",
)
_V6 = 0.12
_BLOCK = 20_000
_A_SECOND = 200


def write(path: Path, lines: int, seed: int = 7, *, until: float | None = None) -> None:
    """Write a log of so many lines, whose last is of now: some seconds have many, and nothing has expired."""
    random = Random(seed)
    agents = [agent.format(version) for agent in _AGENTS for version in range(_VERSIONS)]
    weights = [1 / (1 + place % _VERSIONS) for place in range(len(agents))]
    first = int(until or time.time()) - lines // _A_SECOND - 60
    with path.open("w", encoding="ascii") as stream:
        for start in range(0, lines, _BLOCK):
            size = min(_BLOCK, lines - start)
            browsers = random.choices(agents, weights, k=size)
            stream.write("".join(_line(random, first + (start + n) // _A_SECOND, browsers[n]) for n in range(size)))


def _line(random: Random, second: int, agent: str) -> str:
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))
    request = f"GET /products/{random.randrange(5000)} HTTP/1.1"
    referrer = random.choice(_REFERRERS).format(random.randrange(2000))
    status = 404 if random.random() < 0.03 else 200  # noqa: PLR2004
    return f'{_address(random)} - - [{stamp}] "{request}" {status} {random.randrange(50_000)} "{referrer}" "{agent}"\n'


def _address(random: Random) -> str:
    """An address of the parts of the Internet that are used; few are drawn twice."""
    if random.random() < _V6:
        front = 0x2A00 + random.randrange(0x200)
        return unpack((front << 112 | random.randrange(1 << 32) << 80 | random.randrange(1 << 16)).to_bytes(16))
    return unpack(random.randrange(1 << 24, 224 << 24).to_bytes(4))
