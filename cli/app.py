"""The command line: the commands that belong to no group, and the groups."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from frontdesk.cli import enrich as enrich_
from frontdesk.cli import explain as explain_
from frontdesk.cli import lookup as lookup_
from frontdesk.cli import metrics as metrics_
from frontdesk.cli import top as top_
from frontdesk.cli.commands.book import log
from frontdesk.cli.commands.database import geodb
from frontdesk.cli.commands.options import BOOK, DAYS, Of, PolicyFile, loaded
from frontdesk.cli.commands.policy import policies
from frontdesk.geodb import EMBEDDED
from frontdesk.policy import EXAMPLE, load

app = typer.Typer(
    help="Which organisations visit your web apps, without spying on people.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(policies, name="policy")
app.add_typer(geodb, name="geodb")
app.add_typer(log, name="log")


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
    policy: PolicyFile = EXAMPLE,
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

    In bulk a line is {"peer": "10.0.0.5", "headers": {"x-forwarded-for": "128.112.0.1"}}, or has headers as pairs,
    [["dnt", "1"], …], where a name comes twice; "peer": null is a Unix socket. docs/explain.md has all keys.

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
    if not explain_.bulk(loaded, jsonl):
        raise typer.Exit(1)


@app.command()
def enrich(
    logs: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Access logs; - is standard input.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of the book that it goes into.")],
    policy: PolicyFile = EXAMPLE,
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
        loaded(policy),
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
    policy: PolicyFile = EXAMPLE,
    host: Annotated[str, typer.Option("--host", help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to serve on.")] = 8000,
    visits: Annotated[int, typer.Option("--visits", min=1, max=1_000_000, help="How many visits.")] = 3000,
    book: Annotated[Path, typer.Option("--book", help="Where the visitors' book is kept.")] = BOOK,
    once: Annotated[bool, typer.Option("--once", help="End after the summary.")] = False,
) -> None:
    """Serve an example site, send it visitors over real HTTP, and show who came.

    Examples: frontdesk demo · frontdesk demo --once --visits 500 --port 8080
    """
    from frontdesk.cli import demo as demo_  # noqa: PLC0415 - needs a server, which is an extra

    demo_.run(host=host, port=port, visits=visits, once=once, policy_file=policy, book=book)


@app.command()
def report(
    by: Annotated[str, typer.Option("--by", help="What tells rows apart: one to three of the dimensions below.")],
    purpose: Annotated[str, typer.Option("--purpose", help="What for: one of the policy's purposes.")] = "",
    policy: PolicyFile = EXAMPLE,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=DAYS, help="The first day, UTC.", show_default="30 days up to the last"),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=DAYS, help="The last day, UTC.", show_default="today")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", help="Only these visits, such as country=DE,AT; repeat for other dimensions."),
    ] = None,
    bots: Annotated[bool, typer.Option("--bots", help="Count crawlers, monitors and scripts too.")] = False,
    k: Annotated[
        int, typer.Option("-k", help="Distinct visitors that a row needs: 5, 10, 20, 50, 100, 200, 500 or 1000.")
    ] = 10,
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
    report_.run(loaded(policy), asked, accounts, format_, out)


@app.command()
def stream(
    policy: Annotated[Path, typer.Option("--policy", help="The policy file: its book is what is written.")],
    of: Of = "",
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
    policy: PolicyFile = EXAMPLE,
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Everything that the workers tell, once, as JSON.")] = False,
) -> None:
    """Show all workers of a policy's book on this machine, live: visits, book, database, last warnings. q ends it.

    Examples: frontdesk top --policy frontdesk.toml · frontdesk top --policy frontdesk.toml --once
    """
    top_.run(loaded(policy).log.directory, once=once, as_json=json)


@app.command()
def metrics(
    policy: PolicyFile = EXAMPLE,
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
    metrics_.run(loaded(policy).log.directory, serve)


@app.command()
def serve(
    policy: PolicyFile = EXAMPLE,
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

    serve_.run(loaded(policy), policy, host, port, accounts=accounts, demo=demo)
