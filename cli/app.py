"""The commands and their options."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from frontdesk.cli import book as book_
from frontdesk.cli import enrich as enrich_
from frontdesk.cli import explain as explain_
from frontdesk.cli import geodb as geodb_
from frontdesk.cli import lookup as lookup_
from frontdesk.cli import metrics as metrics_
from frontdesk.cli import policy as policy_
from frontdesk.cli import retention as retention_
from frontdesk.cli import subject as subject_
from frontdesk.cli import tail as tail_
from frontdesk.cli import top as top_
from frontdesk.cli import update as update_
from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.build import WHOLE
from frontdesk.policy import EXAMPLE, Policy, RetentionClass, load
from frontdesk.policy.model import Log
from frontdesk.systemdata.subject import Request

app = typer.Typer(
    help="Which organisations visit your web apps, without spying on people.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
geodb = typer.Typer(
    help="Build network databases, keep them current, look into them, prove and compare them.", no_args_is_help=True
)
log = typer.Typer(help="Look at the visitors' book.", no_args_is_help=True)
policies = typer.Typer(help="Check a policy, show it, and draw the record of processing from it.", no_args_is_help=True)
app.add_typer(policies, name="policy")
app.add_typer(geodb, name="geodb")
app.add_typer(log, name="log")
hold = typer.Typer(
    help="Stop records from being purged or erased, for a reason, and let them go.", no_args_is_help=True
)
subject = typer.Typer(help="Answer the requests of a data subject, by address.", no_args_is_help=True)
log.add_typer(hold, name="hold")
log.add_typer(subject, name="subject")

_BOOK = Log().directory

_PolicyFile = Annotated[Path, typer.Option("--policy", help="The policy file.", show_default="the example policy")]


@app.command()
def lookup(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="IPv4 or IPv6 addresses.")],
    database: Annotated[
        Path, typer.Option("--database", help="A database file.", show_default="the embedded one")
    ] = EMBEDDED,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say what the database says of addresses, with evidence and attributions.

    Examples: frontdesk lookup 8.8.8.8 2001:4860:4860::8888 · frontdesk lookup --json 128.112.0.1
    """
    if not lookup_.run(addresses, database, as_json=json):
        raise typer.Exit(1)


@app.command()
def explain(
    policy: _PolicyFile = EXAMPLE,
    peer: Annotated[
        str | None, typer.Option("--peer", help="The socket's other end.", show_default="a Unix socket")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", help="A header field line, 'name: value'; repeat at will.")
    ] = None,
    trusted: Annotated[
        list[str] | None, typer.Option("--trusted", help="A trusted network, in place of the policy's; repeat.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", help="Requests in bulk, one JSON object a line; - for standard input.")
    ] = None,
) -> None:
    """Say why a request is seen as it is, down to the very record that would be written.

    Examples: frontdesk explain --peer 10.0.0.5 --trusted 10.0.0.0/8 --header 'x-forwarded-for: 128.112.0.1' ·
    frontdesk explain --policy frontdesk.toml --jsonl requests.jsonl
    """
    loaded = load(policy)
    if jsonl is None:
        explain_.one(loaded, peer, header or [], trusted, as_json=json)
        return
    if peer or header or trusted:
        raise typer.BadParameter(
            "in bulk, peer, headers and proxies stand in the lines themselves", param_hint="--jsonl"
        )
    explain_.bulk(loaded, jsonl)


@app.command()
def enrich(
    logs: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Access logs; - is standard input.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of the book that it goes into.")],
    policy: _PolicyFile = EXAMPLE,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME|STRING",
            help="The logs' format, or the log_format (nginx) or LogFormat (Apache) string that wrote them.",
            show_default="told by what the logs hold",
        ),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(
            "--rejects",
            metavar="FILE",
            help="Where the numbers of lines go that cannot be read.",
            show_default="DIR.rejects.jsonl",
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Judge at this day what has expired.", show_default="now"),
    ] = None,
    route: Annotated[
        list[str] | None,
        typer.Option("--route", metavar="TEMPLATE", help="A page's template, like /products/{id}; repeat at will."),
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="The host that was asked for, where the lines do not say it.")
    ] = None,
    scheme: Annotated[
        Literal["http", "https"] | None, typer.Option("--scheme", help="The scheme, where the lines do not say it.")
    ] = None,
    spark: Annotated[
        bool, typer.Option("--spark", help="On the cluster that spark-submit or Spark's configuration names.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="The totals as one JSON object.")] = False,
) -> None:
    """Turn access logs that exist into System Data, as if the front desk had received their visits.

    The logs are never changed. What was read before, under whatever name, is not read again.

    Examples: frontdesk enrich access.log access.log.1.gz --out visitors-book --policy frontdesk.toml ·
    frontdesk enrich old.log --out trial --as-of 2015-06-01 --route '/products/{id}' --json ·
    zcat *.gz | frontdesk enrich - --out visitors-book --format '$remote_addr [$time_local] "$request" $status'
    """
    enrich_.run(
        _loaded(policy),
        logs,
        out,
        format_=format_,
        rejects=rejects,
        as_of=as_of,
        besides=(host, scheme, route or []),
        spark=spark,
        as_json=json,
    )


@app.command()
def demo(
    policy: _PolicyFile = EXAMPLE,
    host: Annotated[str, typer.Option("--host", help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to serve on.")] = 8000,
    visits: Annotated[int, typer.Option("--visits", min=1, max=1_000_000, help="How many visits.")] = 3000,
    book: Annotated[Path, typer.Option("--book", help="Where the visitors' book is kept.")] = _BOOK,
    once: Annotated[bool, typer.Option("--once", help="End after the summary.")] = False,
) -> None:
    """Serve an example site, send it visitors over real HTTP, and show who came.

    Examples: frontdesk demo · frontdesk demo --once --visits 500 --port 8080
    """
    from frontdesk.cli import demo as demo_  # noqa: PLC0415 - needs a server, which is an extra

    demo_.run(host=host, port=port, visits=visits, once=once, policy_file=policy, book=book)


_DAYS = ["%Y-%m-%d"]


@app.command()
def report(
    by: Annotated[str, typer.Option("--by", help="What tells rows apart: one to three of the dimensions below.")],
    purpose: Annotated[str, typer.Option("--purpose", help="What for: one of the policy's purposes.")] = "",
    policy: _PolicyFile = EXAMPLE,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=_DAYS, help="The first day, UTC.", show_default="30 days up to the last"),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=_DAYS, help="The last day, UTC.", show_default="today")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", help="Only these visits, such as country=DE,AT; repeat at will.")
    ] = None,
    bots: Annotated[bool, typer.Option("--bots", help="Count crawlers, monitors and scripts too.")] = False,
    k: Annotated[int, typer.Option("-k", help="How many distinct visitors a row needs; 5 is the least.")] = 10,
    accounts: Annotated[
        Path | None, typer.Option("--accounts", help="Your list of accounts: account,name,domain,networks.")
    ] = None,
    asked_by: Annotated[
        str | None, typer.Option("--asked-by", help="Who asks, for the audit record.", show_default="your login")
    ] = None,
    format_: Annotated[
        Literal["table", "csv", "json", "parquet", "html", "md"], typer.Option("--format", help="How to tell it.")
    ] = "table",
    out: Annotated[Path | None, typer.Option("--out", help="A file to write.", show_default="standard output")] = None,
) -> None:
    """Answer a question about the book, for a purpose: which organisations came, from where, to what.

    Dimensions: organisation, account, country, entity, kind, reason, page, referrer, suggested, suggestion, chosen,
    agent; and as the last one month, week, day or hour. Each question leaves an audit record.

    Examples: frontdesk report --purpose marketing_analytics --by organisation ·
    frontdesk report --purpose marketing_analytics --by page,day --where country=DE,AT --format csv --out pages.csv ·
    frontdesk report --purpose marketing_analytics --by account --accounts accounts.csv --since 2026-11-01 ·
    frontdesk report --purpose anonymous_statistics --by country,month --format html --out countries.html
    """
    from frontdesk.cli import report as report_  # noqa: PLC0415 - what it needs takes a while to load

    asked = report_.Asked(purpose, by, since, until, tuple(where or ()), bots, k, asked_by)
    report_.run(_loaded(policy), asked, accounts, format_, out)


_Of = Annotated[
    str, typer.Option("--of", help="The residency or the company whose book it is.", show_default="the common book")
]


@app.command()
def stream(
    policy: Annotated[Path, typer.Option("--policy", help="The policy file: its book is what is written.")],
    of: _Of = "",
    group: Annotated[
        str | None,
        typer.Option("--group", help="The consumer group's name.", show_default="what its topics begin with"),
    ] = None,
    every: Annotated[
        float, typer.Option("--every", min=1, max=3600, help="Seconds that records wait for others to be written with.")
    ] = 300,
    once: Annotated[bool, typer.Option("--once", help="End at the end of the topics.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The totals as one JSON object.")] = False,
) -> None:
    """Take the records that a stream has into a book of this machine, as Parquet, each of them once.

    SIGTERM and Ctrl-C end it when what was read is written. docs/stream.md tells how to set it up.

    Examples: frontdesk stream --policy warehouse.toml · frontdesk stream --policy warehouse.toml --of eu --every 60 ·
    frontdesk stream --policy warehouse.toml --once --json
    """
    from frontdesk.cli import stream as stream_  # noqa: PLC0415 - what it needs takes a while to load

    stream_.take_in(load(policy), of, group, every, once=once, as_json=json)


@app.command()
def top(
    policy: _PolicyFile = EXAMPLE,
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Everything that the workers tell, once, as JSON.")] = False,
) -> None:
    """Show all workers of a policy's book on this machine, live: visits, book, database, last warnings. q ends it.

    Examples: frontdesk top --policy frontdesk.toml · frontdesk top --policy frontdesk.toml --once
    """
    top_.run(_loaded(policy).log.directory, once=once, as_json=json)


@app.command()
def metrics(
    policy: _PolicyFile = EXAMPLE,
    serve: Annotated[
        str | None,
        typer.Option(
            "--serve", metavar="ADDRESS:PORT", help="Serve them until Ctrl-C.", show_default="print them once"
        ),
    ] = None,
) -> None:
    """Tell Prometheus of all workers of a policy's book on this machine, without any path in the app.

    Examples: frontdesk metrics --policy frontdesk.toml ·
    frontdesk metrics --policy frontdesk.toml --serve 127.0.0.1:9464
    """
    metrics_.run(_loaded(policy).log.directory, serve)


@app.command()
def serve(
    policy: _PolicyFile = EXAMPLE,
    host: Annotated[str, typer.Option("--host", help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to serve on.")] = 8080,
    accounts: Annotated[
        Path | None, typer.Option("--accounts", help="The group's own list of accounts, a CSV file.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill an empty book with weeks of fictional visits first.")
    ] = False,
) -> None:
    """Serve the analyst's page: which organisations visit, in pages and pictures, until Ctrl-C.

    Where the policy names no analysts, a token is made and shown once, and the page is for this machine only.

    Examples: frontdesk serve --policy frontdesk.toml · frontdesk serve --policy frontdesk.toml --host 10.0.0.7
    --port 8443 --accounts accounts.csv · frontdesk serve --demo
    """
    from frontdesk.cli import serve as serve_  # noqa: PLC0415 - needs libraries that are extras

    serve_.run(_loaded(policy), policy, host, port, accounts=accounts, demo=demo)


@geodb.command()
def build(
    sources: Annotated[
        list[Path] | None, typer.Argument(metavar="SOURCE...", help="Source files, in order of precedence.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Take the sources that a policy lists, instead.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The database to write; its manifest goes beside it.", show_default="the policy's file"
        ),
    ] = None,
    cut: Annotated[
        str | None,
        typer.Option(
            "--cut",
            help="Shortest networks to tell apart, IPv4/IPv6, such as 24/48.",
            show_default="the policy's, or 32/128",
        ),
    ] = None,
    made: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day of sources that do not say theirs.")
    ] = None,
    country: Annotated[
        Literal["first", "majority"] | None,
        typer.Option(
            "--country",
            help="The country of the first source that has one, or of most sources.",
            show_default="the policy's, or first",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a database even by one that knows much less.")
    ] = False,
) -> None:
    """Merge source files, or the layers that a policy names, into one database, reproducibly.

    Examples: frontdesk geodb build country.mmdb asn-ipv4.csv asn-ipv6.csv --out networks.mmdb ·
    frontdesk geodb build GeoLite2-Country.mmdb GeoLite2-ASN.mmdb --out networks.mmdb --cut 24/48 ·
    frontdesk geodb build dbip.mmdb geo-whois-asn.mmdb iptoasn.mmdb asn.csv --out networks.mmdb --country majority ·
    frontdesk geodb build --policy frontdesk.toml
    """
    day = made.date() if made else None
    cut_to = geodb_.cut_from(cut) if cut else None
    majority = None if country is None else country == "majority"
    if policy is not None:
        if sources:
            raise typer.BadParameter("the policy names the sources: give one or the other", param_hint="--policy")
        geodb_.build_by_policy(policy, out, cut=cut_to, made=day, majority=majority, force=force)
        return
    if not sources:
        raise typer.BadParameter("name the source files, or a policy that lists them", param_hint="SOURCE...")
    if out is None:
        raise typer.BadParameter("name the database to write", param_hint="--out")
    geodb_.build(sources, out, cut=cut_to or WHOLE, made=day, majority=bool(majority), force=force)


@geodb.command()
def update(
    policy: Annotated[Path, typer.Option("--policy", help="The policy that lists the sources.")],
    force: Annotated[
        bool, typer.Option("--force", help="Build even where nothing is new, and replace a database that knows more.")
    ] = False,
) -> None:
    """Fetch what the policy lists where it is new, merge it, prove it and put it in place.

    Apps change over by themselves. Status 1 tells that a source was not fetched; its file from before is then used.

    Examples: frontdesk geodb update --policy frontdesk.toml · frontdesk geodb update --policy frontdesk.toml --force
    """
    update_.run(policy, force=force)


_DatabaseFile = Annotated[Path, typer.Argument(help="A database.", show_default="the embedded one")]


@geodb.command()
def inspect(database: _DatabaseFile = EMBEDDED) -> None:
    """Say what a database is: sources, licences, dates, how much it knows.

    Examples: frontdesk geodb inspect · frontdesk geodb inspect networks.mmdb
    """
    geodb_.inspect(database)


@geodb.command()
def verify(database: _DatabaseFile = EMBEDDED) -> None:
    """Prove a database whole, by its manifest and by reading every network.

    Examples: frontdesk geodb verify · frontdesk geodb verify networks.mmdb
    """
    geodb_.verify(database)


@geodb.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The database in use.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The one to take its place.")],
    most: Annotated[int, typer.Option("-n", "--most", min=1, help="How many changes to show.")] = 40,
) -> None:
    """Say what changes, for how much address space, when one database replaces another.

    Examples: frontdesk geodb diff networks.mmdb new.mmdb · frontdesk geodb diff -n 100 networks.mmdb new.mmdb
    """
    geodb_.diff(before, after, most=most)


_BookFolder = Annotated[
    Path | None, typer.Argument(help="The book's folder.", show_default="the one that the policy names")
]


@log.command()
def tail(
    directory: _BookFolder = None,
    policy: _PolicyFile = EXAMPLE,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many records to begin with.")] = 10,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", "-f/-F", help="Go on and show records as they come.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="The records as they are written.")] = False,
) -> None:
    """Show records as they come, until Ctrl-C.

    Examples: frontdesk log tail visitors-book · frontdesk log tail --policy frontdesk.toml --json --no-follow
    """
    tail_.run(_book_of(directory, policy), lines=lines, follow=follow, as_json=json)


@log.command("verify")
def log_verify(directory: _BookFolder = None, policy: _PolicyFile = EXAMPLE) -> None:
    """Prove a book whole, or name what is damaged, where and how.

    Examples: frontdesk log verify visitors-book · frontdesk log verify --policy frontdesk.toml
    """
    damaged = [book for book in _books_of(directory, policy) if not book_.verify(book)]
    if damaged:
        raise typer.Exit(1)


@log.command()
def stats(
    directory: _BookFolder = None,
    policy: _PolicyFile = EXAMPLE,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a shelf.")] = False,
) -> None:
    """Count a book's records by class, day and entity.

    Examples: frontdesk log stats visitors-book · frontdesk log stats --json
    """
    for book in _books_of(directory, policy):
        book_.stats(book, as_json=json)


def _book_of(directory: Path | None, policy: Path) -> Path:
    return _books_of(directory, policy)[0]


def _books_of(directory: Path | None, policy: Path) -> list[Path]:
    """The book that is named, or every one of the policy, the common one first; of several, those that are there."""
    if directory is not None:
        return [directory]
    books = [_BOOK] if policy == EXAMPLE else load(policy).directories()
    return [book for book in books if book.is_dir()] or books[:1]


class _Format(StrEnum):
    MARKDOWN = "md"
    JSON = "json"


@policies.command()
def check(policy: _PolicyFile = EXAMPLE) -> None:
    """Say whether a policy can be followed; if not, the line to mend.

    Examples: frontdesk policy check --policy frontdesk.toml
    """
    policy_.check(policy)


@policies.command()
def show(
    policy: _PolicyFile = EXAMPLE,
    json: Annotated[bool, typer.Option("--json", help="The whole policy as JSON.")] = False,
) -> None:
    """Say what a policy means, with everything that it leaves to the defaults.

    Examples: frontdesk policy show --policy frontdesk.toml · frontdesk policy show --json
    """
    policy_.show(policy, as_json=json)


@policies.command("record-of-processing")
def record_of_processing(
    policy: _PolicyFile = EXAMPLE,
    format_: Annotated[_Format, typer.Option("--format", help="For people or for programs.")] = _Format.MARKDOWN,
) -> None:
    """Write the record of processing activities (Article 30 GDPR) that follows from a policy.

    Examples: frontdesk policy record-of-processing --policy frontdesk.toml > processing.md
    """
    policy_.processing(policy, as_json=format_ is _Format.JSON)


_Class = Annotated[RetentionClass | None, typer.Option("--class", help="A class.", show_default="every class")]
_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_From = Annotated[datetime | None, typer.Option("--from", formats=_DAYS, help="The first day, UTC.")]
_To = Annotated[datetime | None, typer.Option("--to", formats=_DAYS, help="The last day, UTC.")]
_Address = Annotated[
    str, typer.Option("--address", help="The address; - reads it from standard input, out of the shell's history.")
]


@log.command("purge")
def log_purge(
    policy: _PolicyFile = EXAMPLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would go.")] = False,
) -> None:
    """Take out of the book and its archive what has expired, and destroy the keys that nothing needs any more.

    Status 1 tells that an archive could not be purged; what the disk holds was.

    Examples: frontdesk log purge --policy frontdesk.toml --dry-run · frontdesk log purge --policy frontdesk.toml
    """
    if not retention_.purge(_loaded(policy), dry_run=dry_run):
        raise typer.Exit(1)


@log.command("views")
def log_views(policy: _PolicyFile = EXAMPLE) -> None:
    """Print SQL that gives your own DuckDB views of the book, with plain names; docs/reports.md lists them.

    They show single records, so they are for those who may read the book. Without ids and networks.

    Examples: frontdesk log views --policy frontdesk.toml > views.sql && duckdb -init views.sql
    """
    from frontdesk.cli import views as views_  # noqa: PLC0415 - what it needs takes a while to load

    views_.run(_loaded(policy))


@log.command("compact")
def log_compact(
    policy: _PolicyFile = EXAMPLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be compacted.")] = False,
) -> None:
    """Turn the sealed segments of days that are over into Parquet, for DuckDB, Polars and Spark to read fast, and make
    the day sums that reports are quick by.

    Today and yesterday stay as they are. Status 1 tells that a segment could not be compacted; it stays, and is told.

    Examples: frontdesk log compact --policy frontdesk.toml --dry-run · frontdesk log compact --policy frontdesk.toml
    """
    from frontdesk.cli import compact as compact_  # noqa: PLC0415 - what it needs takes a while to load

    if not compact_.run(_loaded(policy), dry_run=dry_run):
        raise typer.Exit(1)


@log.command("ship")
def log_ship(
    policy: Annotated[Path, typer.Option("--policy", help="The policy file, with a stream for the book.")],
    of: _Of = "",
    once: Annotated[bool, typer.Option("--once", help="End when everything that is due is delivered.")] = False,
    lag: Annotated[bool, typer.Option("--lag", help="Only say how many records are behind; asks no broker.")] = False,
    json: Annotated[bool, typer.Option("--json", help="What is told as JSON objects, one a line.")] = False,
) -> None:
    """Send a book's records to its Kafka topics as they come, and go on where it was, whatever happened.

    It runs beside the app. SIGTERM and Ctrl-C end it when what is on its way is delivered, or after 10 seconds.

    Examples: frontdesk log ship --policy frontdesk.toml · frontdesk log ship --policy frontdesk.toml --of eu --json ·
    frontdesk log ship --policy frontdesk.toml --once · frontdesk log ship --policy frontdesk.toml --lag
    """
    from frontdesk.cli import stream as stream_  # noqa: PLC0415 - what it needs takes a while to load

    if lag:
        stream_.show_lag(load(policy), of, as_json=json)
    else:
        stream_.ship(load(policy), of, once=once, as_json=json)


@log.command("archive")
def log_archive(
    policy: _PolicyFile = EXAMPLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be archived.")] = False,
) -> None:
    """Move the segments of days that are over to the store that the policy names, as `[log] archive = "s3://…"`.

    Reports, purge, verify and the requests of data subjects look there too. Today and yesterday stay. Status 1 tells
    that a segment could not be archived; it stays, and is told. Credentials come from the environment.

    Examples: frontdesk log archive --policy frontdesk.toml --dry-run · frontdesk log archive --policy frontdesk.toml
    """
    from frontdesk.cli import archive as archive_  # noqa: PLC0415 - what it needs takes a while to load

    if not archive_.run(_loaded(policy), dry_run=dry_run):
        raise typer.Exit(1)


@hold.command("add")
def hold_add(
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit record.")],
    policy: _PolicyFile = EXAMPLE,
    retention_class: _Class = None,
    entity: Annotated[str | None, typer.Option("--entity", help="An entity.", show_default="every entity")] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=_MOMENTS, help="The first moment, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=_MOMENTS, help="The moment after, UTC.")] = None,
) -> None:
    """Stop the purge and erasure of records of a class, an entity and a time; print the hold's id.

    Examples: frontdesk log hold add --policy frontdesk.toml --class security --from 2026-11-23 --to 2026-11-24
    --reason "case 4711"
    """
    retention_.add_hold(_loaded(policy), reason, retention_class, entity, since, until)


@hold.command("list")
def hold_list(policy: _PolicyFile = EXAMPLE) -> None:
    """List the holds.

    Examples: frontdesk log hold list --policy frontdesk.toml
    """
    retention_.list_holds(_loaded(policy))


@hold.command("release")
def hold_release(
    hold_id: Annotated[str, typer.Argument(metavar="ID", help="The hold's id.")], policy: _PolicyFile = EXAMPLE
) -> None:
    """Let a hold go.

    Examples: frontdesk log hold release 2026-11-24-1f3a5c --policy frontdesk.toml
    """
    retention_.release_hold(_loaded(policy), hold_id)


@subject.command("find")
def subject_find(address: _Address, policy: _PolicyFile = EXAMPLE, since: _From = None, until: _To = None) -> None:
    """Say which records are of an address, and of which nobody can tell.

    Examples: frontdesk log subject find --policy frontdesk.toml --address - --from 2026-11-01 < address
    """
    subject_.find_records(_loaded(policy), _request(address, since, until))


@subject.command("export")
def subject_export(address: _Address, policy: _PolicyFile = EXAMPLE, since: _From = None, until: _To = None) -> None:
    """Write every record of an address as JSON, for the person whose it is.

    Examples: frontdesk log subject export --policy frontdesk.toml --address - < address > records.json
    """
    subject_.export_records(_loaded(policy), _request(address, since, until))


@subject.command("erase")
def subject_erase(address: _Address, policy: _PolicyFile = EXAMPLE, since: _From = None, until: _To = None) -> None:
    """Erase every record of an address that is not on hold.

    Examples: frontdesk log subject erase --policy frontdesk.toml --address - < address
    """
    subject_.erase_records(_loaded(policy), _request(address, since, until))


class _RecordFormat(StrEnum):
    JSONL = "jsonl"
    ECS = "ecs"


@log.command("export")
def log_export(
    policy: _PolicyFile = EXAMPLE,
    to: Annotated[
        str | None, typer.Option("--recipient", help="A recipient of the policy.", show_default="the company itself")
    ] = None,
    format_: Annotated[
        _RecordFormat, typer.Option("--format", help="As they are, or by Elastic Common Schema.")
    ] = _RecordFormat.JSONL,
    since: _From = None,
    until: _To = None,
) -> None:
    """Write records for a recipient: those, and only those, that the policy lets it have.

    Examples: frontdesk log export --policy frontdesk.toml --recipient agency > records.jsonl ·
    frontdesk log export --format ecs
    """
    first, last = _day(since, retention_.FIRST_DAY), _day(until, retention_.LAST_DAY)
    retention_.export(_loaded(policy), to, ecs=format_ is _RecordFormat.ECS, first=first, last=last)


def _request(address: str, since: datetime | None, until: datetime | None) -> Request:
    return Request(subject_.address_from(address), _day(since, retention_.FIRST_DAY), _day(until, retention_.LAST_DAY))


def _day(given: datetime | None, otherwise: str) -> str:
    return otherwise if given is None else f"{given:%Y-%m-%d}"


def _loaded(file: Path) -> Policy:
    """A policy; the example's book is the demo's, which lies where the demo was started."""
    policy = load(file)
    return msgspec.structs.replace(policy, log=Log(directory=_BOOK)) if file == EXAMPLE else policy
