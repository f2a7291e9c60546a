"""`frontdesk geodb`: network databases."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from frontdesk.cli import geodb as geodb_
from frontdesk.cli import update as update_
from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.build import WHOLE

geodb = typer.Typer(
    help="Build network databases, keep them current, look into them, prove and compare them.", no_args_is_help=True
)


_DatabaseFile = Annotated[Path, typer.Argument(help="A database.", show_default="the embedded one")]


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
