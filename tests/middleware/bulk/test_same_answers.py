"""The same visits through the middleware and through a log are the same records, field by field."""

from collections import defaultdict
from pathlib import Path
from random import Random

import msgspec
import pytest

from frontdesk.geodb import Database
from frontdesk.middleware.bulk import company, routes
from frontdesk.middleware.bulk.hands import Here
from frontdesk.middleware.bulk.receive import Besides, Receiver
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.run import Run
from frontdesk.middleware.bulk.totals import Totals
from frontdesk.policy import Policy, Treatment
from frontdesk.policy.networks import Networks
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.verify import verify

from .visits import FORMAT, Visit, received, records, same

AT = 4_000_000_000
PEERS = [
    "127.0.0.1",
    "::1",
    "128.112.0.77",
    "8.8.8.8",
    "2607:f8b0::1",
    "10.1.2.3",
    "203.0.113.9",
    "::ffff:1.1.1.1",
    None,
]
CHAINS = [
    "128.112.0.1",
    "194.95.66.7",
    "2a00:1450:4001::5",
    "2a00:1450:4001::5%1",
    "1.2.3.4, 193.0.6.139",
    "128.112.0.1, 127.0.0.1",
    "127.0.0.1",
    "unknown",
    "_hidden",
    "nonsense",
    "9.9.9.9:4711",
    "[2001:4860:4860::8888]:443",
    "0.0.0.0",
    "224.0.0.1",
    "224.0.0.1, 81.2.69.160",
    "::ffff:81.2.69.160",
    "2002:5102:45a0::1",
    "::1:2",
    "fe80::1",
    " 88.1.2.3 ",
    "",
]
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.5.0",
    'odd "agent" \\ with \xe9 and \x01',
    "",
]
REFERRERS = [
    "https://www.google.com/search?q=x",
    "https://news.example.org",
    "http://www.aurora.example/products",
    "https://user@host.example/",
    "https://203-0-113-7.dyn.example/",
    "HTTP://Other.Example?x=/a//b",
    "android-app://com.example/",
    "x",
]
HOSTS = ["www.aurora.example", "de.aurora.example:443", "JP.aurora.example", "stranger.example", ""]
TARGETS = [
    "/",
    "/products",
    "/products/1",
    "/products/a?x=1",
    "/nowhere/at/all",
    "/?frontdesk=aurora-jp",
    "/robots.txt",
    "/?y=2",
]


def visits(size: int, seed: int) -> list[Visit]:
    """Visits of all kinds."""
    random = Random(seed)

    def maybe(name: str, values: list[str], chance: float) -> list[tuple[str, str]]:
        return [(name, random.choice(values))] if random.random() < chance else []

    def one(number: int) -> Visit:
        headers = [
            *maybe("x-forwarded-for", CHAINS, 0.7),
            *maybe("user-agent", AGENTS, 0.9),
            *maybe("referer", REFERRERS, 0.5),
            *maybe("host", HOSTS, 0.9),
            *maybe("dnt", ["1", "0", "1;x", "yes"], 0.2),
            *maybe("sec-gpc", ["1", "0"], 0.2),
        ]
        headers = [(name, value) for name, value in headers if value]
        peer = random.choice(PEERS) if random.random() < 0.5 else "127.0.0.1"
        method = random.choice(["GET", "GET", "POST", "HEAD", "BREW"])
        scheme = random.choice(["http", "https"])
        return Visit(AT + number * 97, peer, method, random.choice(TARGETS), tuple(headers), scheme)

    return [one(number) for number in range(size)]


def enriched(policy: Policy, database: Database, log: Path, out: Path, format_: str = FORMAT) -> Totals:
    """Enrich one log."""
    receiver = Receiver(policy, database, as_of=0, besides=Besides(routes=("/",)))
    return Run(Here(receiver), out, Rejects(out.with_name("rejects")), format_=format_).run([log])


def parameter(policy: Policy, target: str) -> str:
    """A target with the policy's own parameter."""
    return target.replace("frontdesk=", f"{policy.routing.parameter}=")


def variants(policy: Policy) -> dict[str, Policy]:
    """Policies that treat the same visits differently."""
    replace = msgspec.structs.replace
    proxies, signals = policy.proxies, policy.signals
    return {
        "example": policy,
        "hops": replace(policy, proxies=replace(proxies, trusted=Networks(), hops=1, only_way_in=True)),
        "two hops": replace(policy, proxies=replace(proxies, hops=2)),
        "unix": replace(policy, proxies=replace(proxies, trust_unix=True)),
        "networks": replace(
            policy, proxies=replace(proxies, trusted=Networks(["127.0.0.0/8", "128.112.0.0/16", "2a00::/12"]))
        ),
        "forwarded": replace(policy, proxies=replace(proxies, header="forwarded")),
        "count": replace(policy, signals=replace(signals, dnt=Treatment.COUNT, gpc=Treatment.FULL)),
    }


@pytest.mark.parametrize("variant", ["example", "hops", "two hops", "unix", "networks", "count"])
def test_a_log_and_the_middleware_tell_the_same(
    variant: str, policy: Policy, database: Database, tmp_path: Path
) -> None:
    policy = variants(policy)[variant]
    came = [visit._replace(target=parameter(policy, visit.target)) for visit in visits(600, seed=len(variant))]
    log, out = tmp_path / "access.log", tmp_path / "out"
    log.write_bytes(b"".join(visit.line() for visit in received(policy, came)))
    totals = enriched(policy, database, log, out)
    theirs, ours = list(records(policy.log.directory)), list(records(out))
    assert totals == Totals(600, len(theirs), 600 - len(theirs))
    assert len(ours) == totals.written
    # Whom the middleware led elsewhere the app never saw, so no page of it is told; a log does not know who answered.
    for record in ours:
        if record[f.STATUS] == 302:
            record.pop(f.ROUTE, None)
    assert same(ours, f.DAILY_ID) == same(theirs, f.DAILY_ID)
    assert same(records(out, "aggregate")) == same(records(policy.log.directory, "aggregate"))
    assert all(verdict.damage is None for verdict in verify(out))


def test_what_is_remembered_is_bounded_and_changes_no_record(
    policy: Policy, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"".join(visit.line() for visit in visits(300, seed=9)))
    enriched(policy, database, log, tmp_path / "much")
    monkeypatch.setattr(company, "_MOST_KNOWN", 1)
    monkeypatch.setattr(routes, "_MOST_PATHS", 1)
    enriched(policy, database, log, tmp_path / "little")
    assert same(records(tmp_path / "little"), f.DAILY_ID) == same(records(tmp_path / "much"), f.DAILY_ID)


def test_daily_ids_tell_apart_whom_the_middleware_s_do(policy: Policy, database: Database, tmp_path: Path) -> None:
    came = visits(400, seed=4)
    log, out = tmp_path / "access.log", tmp_path / "out"
    log.write_bytes(b"".join(visit.line() for visit in received(policy, came)))
    enriched(policy, database, log, out)
    groups = []
    for book in (policy.log.directory, out):
        of_id = defaultdict(list)
        for record in records(book):
            if f.DAILY_ID in record:
                of_id[record[f.DAILY_ID]].append(record[f.TIMESTAMP])
        groups.append(sorted(sorted(times) for times in of_id.values()))
    assert groups[0] == groups[1]
    assert groups[0]
