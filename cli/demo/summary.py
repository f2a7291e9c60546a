"""The demo's summary: who came, what was honoured and refused, and where the records lie."""

import shlex
from collections.abc import Iterable

from rich import box
from rich.markup import escape
from rich.table import Table

from frontdesk.cli.demo.show import Look
from frontdesk.cli.demo.tally import UNKNOWN, Ground, Guest
from frontdesk.cli.demo.visitors import Way
from frontdesk.enrich.organisation import REASON_WORDS
from frontdesk.policy import Treatment

_MOST_ORGANISATIONS = 40
_MOST_COUNTRIES = 10
_WIDE = 80
_WAYS = {Way.PROXY_V4: "by IPv4", Way.PROXY_V6: "by IPv6", Way.ROUND: "round the proxy"}
_OBJECTIONS = {"DNT": "DNT", "GPC": "GPC", "DNT GPC": "both"}


def summary(look: Look) -> None:
    """Print all of it."""
    _traffic(look)
    if look.tally.guests:
        _organisations(look)
    _crowds(look)
    _reasons(look)
    _privacy(look)
    _proxies(look)
    farewell(look)
    _heading(look, "The network database")
    for attribution in look.manifest.attributions:
        _say(look, attribution)


def farewell(look: Look) -> None:
    """Where every record went, by the front desk's own count."""
    statistics = look.desk.statistics()
    dropped = statistics.book.dropped
    _heading(look, "The visitors' book")
    _rows(
        look,
        [
            ("visits received", f"{statistics.visits:,}"),
            ("records written", f"{statistics.book.written_by_class.get('visit', 0):,}"),
            ("records dropped", ", ".join(f"{n:,} ({why})" for why, n in dropped.items()) or "0"),
            ("they lie in", str(look.book)),
            ("look at them", f"frontdesk log tail {shlex.quote(str(look.book))}"),
        ],
    )


def _traffic(look: Look) -> None:
    traffic = look.traffic
    _heading(look, f"{traffic.sent:,} visits over real HTTP in {traffic.seconds:.1f} s")
    ways = [f"{_WAYS[way]} {traffic.ways[way]:,}" for way in Way if traffic.ways[way]]
    if Way.PROXY_V6 not in look.ways:
        ways.append("none by IPv6, which this machine does not have")
    statuses = [f"{status}: {count:,}" for status, count in sorted(traffic.statuses.items())]
    failures = [f"{why} {count:,}" for why, count in traffic.failures.most_common()]
    _rows(
        look,
        [
            ("they came", ", ".join(ways)),
            ("answers", ", ".join(statuses) or "none"),
            ("failed", ", ".join(failures) or "0"),
        ],
    )


def _organisations(look: Look) -> None:
    guests = sorted(look.tally.guests.values(), key=lambda guest: (-guest.visits, guest.name))
    shown = guests[:_MOST_ORGANISATIONS]
    sources = list(dict.fromkeys(_source(look, guest.ground) for guest in shown))
    headings = ("organisation", "kind", "country", "visits>", "prefix>", "kind by rule", "confidence", "by>")
    # What a narrow terminal has room for: who, what, where, how often.
    told = range(7) if look.console.width >= _WIDE else range(4)
    columns = [*told, 7] if len(sources) > 1 else list(told)
    table = _table(*(headings[column] for column in columns))
    for column, ratio in ((0, 3), (5, 2)):
        if column in columns:
            table.columns[column].no_wrap = False
            table.columns[column].ratio = ratio
    table.columns[0].min_width = 16
    table.expand = True
    for guest in shown:
        cells = [*_guest(guest), f"({sources.index(_source(look, guest.ground)) + 1})"]
        table.add_row(*(escape(cells[column]) for column in columns))
    _heading(look, f"{len(guests):,} organisations")
    look.console.print(table)
    if len(guests) > len(shown):
        _say(look, f"and {len(guests) - len(shown):,} more")
    for number, source in enumerate(sources, start=1):
        _say(look, f"{f'({number}) ' if len(sources) > 1 else ''}Evidence of name and prefix: {source}")
    wrong = look.tally.wrongly_named
    _say(look, f"Named from an access, hosting, anonymising or unknown network: {wrong or 'none'}")


def _guest(guest: Guest) -> list[str]:
    """An organisation's cells, with what its name rests on."""
    country = guest.countries.most_common(1)[0][0]
    more = f" +{len(guest.countries) - 1}" if len(guest.countries) > 1 else ""
    ground = guest.ground
    return [
        guest.name,
        guest.kind,
        country + more,
        f"{guest.visits:,}",
        guest.network,
        ground.rule,
        ground.confidence,
    ]


def _source(look: Look, ground: Ground) -> str:
    day = look.date_of(ground.source)
    dated = f" of {day}" if day else ""
    method = "registered holder of the autonomous system" if ground.method == "as_name" else ground.method
    return f"{ground.source}{dated} ({method})"


def _crowds(look: Look) -> None:
    """Countries, entities and network types, side by side."""
    tally = look.tally
    countries = _table("country", "visits>")
    for country, count in tally.countries.most_common(_MOST_COUNTRIES):
        countries.add_row("not known" if country == UNKNOWN else country, f"{count:,}")
    rest = tally.countries.most_common()[_MOST_COUNTRIES:]
    if rest:
        countries.add_row(f"{len(rest)} more", f"{sum(count for _, count in rest):,}")
    entities = _table("entity", "by", "visits>")
    for (entity, why), count in sorted(tally.entities.items(), key=lambda item: (item[0][0], -item[1])):
        entities.add_row(escape(entity), why, f"{count:,}")
    types = _table("network type", "visits>")
    for kind, count in tally.network_types.most_common():
        types.add_row(kind, f"{count:,}")
    _heading(look, "Countries, companies of the group, networks")
    side_by_side = Table.grid(padding=(0, 6))
    side_by_side.add_row(countries, entities, types)
    look.console.print(side_by_side)


def _reasons(look: Look) -> None:
    _heading(look, "Why nobody was named")
    _rows(
        look,
        [(f"{count:,}", REASON_WORDS.get(why, why)) for why, count in look.tally.reasons.most_common()],
        numbers=True,
    )


def _privacy(look: Look) -> None:
    statistics, tally = look.desk.statistics(), look.tally
    policy = look.policy.signals
    by_signal = [f"{word} {tally.objections[key]:,}" for key, word in _OBJECTIONS.items() if tally.objections[key]]
    honoured = f"{statistics.objected:,}" + (f": {', '.join(by_signal)}" if by_signal else "")
    rows = [
        ("objections honoured", honoured),
        ("the policy says", f"DNT {policy.dnt}, GPC {policy.gpc}"),
        ("cookies held back", f"{statistics.cookies_held_back:,}"),
    ]
    if Treatment.COUNT in {policy.dnt, policy.gpc}:
        rows.append(("only counted", f"{statistics.counted:,}, with no record"))
    _heading(look, "Privacy")
    _rows(look, rows)


def _proxies(look: Look) -> None:
    statistics = look.desk.statistics()
    rows = [("visits with forged entries refused", f"{statistics.forwarding_refused:,}")]
    if Way.ROUND in look.ways:
        rows.append(("of them round the proxy", f"{look.traffic.ways[Way.ROUND]:,}"))
    else:
        rows.append(("round the proxy", "not tried: no address of this machine is both free and untrusted"))
    if statistics.troubles:
        rows.append(("visits that could not be looked up", f"{statistics.troubles:,}"))
    _heading(look, "Forwarding headers")
    _rows(look, rows)


def _heading(look: Look, text: str) -> None:
    look.console.print(f"\n[bold]{escape(text)}[/bold]")


def _say(look: Look, text: str) -> None:
    look.console.print(text, markup=False)


def _rows(look: Look, rows: Iterable[tuple[str, str]], *, numbers: bool = False) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, justify="right" if numbers else "left", style=None if numbers else "dim")
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(escape(name), escape(value))
    look.console.print(table)


def _table(*headings: str) -> Table:
    """A table with these headings; one that ends in `>` stands over numbers."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for heading in headings:
        number = heading.endswith(">")
        table.add_column(heading.removesuffix(">"), justify="right" if number else "left", no_wrap=True)
    return table
