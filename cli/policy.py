"""`frontdesk policy`: what a policy says, and the record of processing that follows from it."""

from collections.abc import Iterator
from pathlib import Path

import orjson
from msgspec import UNSET

from frontdesk.policy import RetentionClass, load
from frontdesk.policy.analysts import Analyst, AnalystsPage
from frontdesk.policy.model import OpenTelemetry, Operations, Policy, Proxies, Signals, WebService
from frontdesk.policy.plain import to_plain
from frontdesk.policy.processing import as_markdown, record_of_processing
from frontdesk.policy.routing import Mode
from frontdesk.policy.source import Source


def check(file: Path) -> None:
    """Say that a policy can be followed; one that cannot raises `PolicyError`."""
    policy = load(file)
    companies = "1 company" if len(policy.entities) == 1 else f"{len(policy.entities)} companies"
    print(f"{file}: can be followed: version {policy.version}, {companies}")


def show(file: Path, *, as_json: bool) -> None:
    """Print a policy with everything that it leaves to the defaults."""
    policy = load(file)
    if as_json:
        print(orjson.dumps(to_plain(policy), option=orjson.OPT_INDENT_2).decode())
    else:
        print("\n".join(_in_words(policy)))


def processing(file: Path, *, as_json: bool) -> None:
    """Print the record of processing activities."""
    record = record_of_processing(load(file))
    print(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode() if as_json else as_markdown(record), end="")


def _in_words(policy: Policy) -> Iterator[str]:
    """What the policy means, a line for each thing, in the order of the file's tables."""
    for name, told in (*_companies(policy), *_visitors(policy), *_records(policy), *_others(policy)):
        yield f"{name:<14} {told}"


_Lines = Iterator[tuple[str, str]]


def _companies(policy: Policy) -> _Lines:
    yield "version", policy.version
    for entity in policy.entities:
        default = ", the default" if entity.id == policy.default_entity else ""
        told = f"{entity.legal_name}{default}; residency {entity.residency or 'not told'}"
        yield "entity", f"{entity.id}: {told}; book {policy.directory_of(entity)}"


def _visitors(policy: Policy) -> _Lines:
    """Who is believed of where a visitor comes from, and what is done for the visitor and what is not."""
    yield "proxies", _proxies_in_words(policy.proxies)
    yield "signals", f"DNT {policy.signals.dnt}, GPC {policy.signals.gpc}"
    yield "declared", _declared_in_words(policy.signals)
    essential = ", ".join(sorted(policy.cookies.essential)) or "none"
    yield "cookies", f"of who objected all are held back but the essential ones: {essential}"
    routing = policy.routing
    yield (
        "routing",
        f"mode {routing.mode}; a choice is remembered for {routing.cookie_days} days in the cookie {routing.cookie}",
    )
    if routing.mode is Mode.REDIRECT:
        spared = ", ".join(routing.consent_countries) or "none"
        yield "", f"led by place from {', '.join(routing.entry_paths)}, but never from {spared}"
    yield "visitors", "told apart within one day" if policy.visitors.daily_id else "not told apart"


def _records(policy: Policy) -> _Lines:
    """How long records are kept and what for, where they lie, and where they go."""
    for retention_class in RetentionClass:
        kept = policy.retention.of(retention_class)
        yield retention_class.value, f"{kept.days} days, for {', '.join(kept.purposes) or 'no purpose'}"
    log = policy.log
    most = "no limit" if log.max_total_bytes is None else f"at most {log.max_total_bytes:,} bytes"
    yield "room", f"{most} for each book, and {log.min_free_ratio:.0%} of the volume is left free"
    for directory in policy.directories():
        yield "archive", f"of {directory}: {policy.archive_of(directory) or 'none, all stays on this disk'}"
    for of, (folder, stream) in policy.streams().items():
        topics = ", ".join(map(stream.topic, stream.classes))
        yield "stream", f"of {of or 'the common book'}, {folder}: {topics} at {', '.join(stream.brokers)}"
    for recipient in policy.recipients:
        classes, entities = ", ".join(recipient.classes), ", ".join(recipient.entities)
        told = f"{classes} records of {entities}, for {', '.join(recipient.purposes)}"
        yield "recipient", f"{recipient.id}: {recipient.legal_name}, {recipient.country}: {told}"


def _others(policy: Policy) -> _Lines:
    """What is asked and answered besides visits: databases, third parties, the operator, analysts."""
    database = policy.database
    sources = f", built from {', '.join(map(_source_in_words, database.sources))}" if database.sources else ""
    yield "database", f"{database.file or 'the embedded one'}{sources}"
    service = policy.web_service
    if isinstance(service, WebService):
        told = f"MaxMind's {service.service} is sent addresses whose organisation the database does not know"
        limits = f"at most {service.daily_limit:,} in a day, an answer is used for {service.cache_days} days"
        yield "web_service", f"a third party: {told}; {limits}"
    else:
        yield "web_service", "not asked: no address is looked up at a third party"
    if isinstance(policy.operations, Operations):
        paths = [f"{key} {path}" for key in ("health", "ready", "metrics") if (path := getattr(policy.operations, key))]
        yield "operations", f"{', '.join(paths)}, for {', '.join(policy.operations.allow.texts)}"
    if isinstance(policy.opentelemetry, OpenTelemetry):
        whose = policy.opentelemetry.recipient or ", ".join(policy.opentelemetry.entities)
        yield "opentelemetry", f"{policy.opentelemetry.endpoint}, the collector of {whose}"
    yield "page", _page_in_words(policy.page)
    for analyst in policy.analysts:
        yield "analyst", f"{analyst.name}: for {', '.join(analyst.purposes)}; known by {_known_by(analyst)}"


def _proxies_in_words(proxies: Proxies) -> str:
    peers = list(proxies.trusted.texts)
    if proxies.trust_unix:
        peers.append("any Unix socket")
    if proxies.only_way_in and not proxies.trusted:
        peers.append("any peer, as only_way_in says that there are no others")
    if not peers:
        return "nobody is believed: the peer is the client"
    hops = f"; the client is entry {proxies.hops} from the right" if proxies.hops else ""
    return f"{proxies.header} is believed from {', '.join(peers)}{hops}"


def _declared_in_words(signals: Signals) -> str:
    status = f"tracking {signals.tracking_status.tracking}" if signals.tracking_status else "no tracking status"
    support = signals.gpc_support
    gpc = (
        f"GPC {'heeded' if support.gpc else 'not heeded'} since {support.last_update}" if support else "nothing of GPC"
    )
    return f"{status}, {gpc}"


def _source_in_words(source: Source) -> str:
    return f"{source.kind} {getattr(source, source.kind)} ({source.layer})"


def _page_in_words(page: AnalystsPage) -> str:
    ends = f"a session ends {page.idle_minutes} minutes after its last page, {page.session_hours} hours after its first"
    hosts = f"at {', '.join(page.hosts)}; " if page.hosts else ""
    if page.user_header is UNSET:
        return f"{hosts}{ends}"
    return f"{hosts}{page.user_header} names the user, believed from {', '.join(page.trusted.texts)}; {ends}"


def _known_by(analyst: Analyst) -> str:
    ways = [*(["a token"] if analyst.token is not UNSET else []), *analyst.users]
    return ", ".join(ways)
