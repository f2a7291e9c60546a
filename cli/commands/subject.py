"""`frontdesk log hold` and `frontdesk log subject`: what the law asks of a book."""

from datetime import datetime
from typing import Annotated

import typer

from frontdesk.cli import retention as retention_
from frontdesk.cli import subject as subject_
from frontdesk.cli.commands.options import MOMENTS, Address, Class, From, PolicyFile, To, days, loaded
from frontdesk.policy import EXAMPLE
from frontdesk.systemdata.subject import Request

hold = typer.Typer(
    help="Stop records from being purged or erased, for a reason, and let them go.", no_args_is_help=True
)
subject = typer.Typer(help="Answer the requests of a data subject, by address.", no_args_is_help=True)


@hold.command("add")
def hold_add(
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit record.")],
    policy: PolicyFile = EXAMPLE,
    retention_class: Class = None,
    entity: Annotated[str | None, typer.Option("--entity", help="An entity.", show_default="every entity")] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=MOMENTS, help="The first moment, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=MOMENTS, help="The moment after, UTC.")] = None,
) -> None:
    """Stop the purge and erasure of records of a class, an entity and a time; print the hold's id.

    Examples: frontdesk log hold add --policy frontdesk.toml --class security --from 2026-11-23 --to 2026-11-24
    --reason "case 4711"
    """
    retention_.add_hold(loaded(policy), reason, retention_class, entity, since, until)


@hold.command("list")
def hold_list(policy: PolicyFile = EXAMPLE) -> None:
    """List the holds.

    Examples: frontdesk log hold list --policy frontdesk.toml
    """
    retention_.list_holds(loaded(policy))


@hold.command("release")
def hold_release(
    hold_id: Annotated[str, typer.Argument(metavar="ID", help="The hold's id.")], policy: PolicyFile = EXAMPLE
) -> None:
    """Let a hold go.

    Examples: frontdesk log hold release 2026-11-24-1f3a5c --policy frontdesk.toml
    """
    retention_.release_hold(loaded(policy), hold_id)


@subject.command("find")
def subject_find(address: Address, policy: PolicyFile = EXAMPLE, since: From = None, until: To = None) -> None:
    """Say which records are of an address, and of which nobody can tell.

    Status 1 tells that a segment is damaged, and so the answer may lack something; it is named.

    Examples: frontdesk log subject find --policy frontdesk.toml --address - --from 2026-11-01 < address
    """
    if not subject_.find_records(loaded(policy), _request(address, since, until)):
        raise typer.Exit(1)


@subject.command("export")
def subject_export(address: Address, policy: PolicyFile = EXAMPLE, since: From = None, until: To = None) -> None:
    """Write every record of an address as JSON, for the person whose it is.

    Status 1 tells that a segment is damaged, and so the answer may lack something; `limits` names it.

    Examples: frontdesk log subject export --policy frontdesk.toml --address - < address > records.json
    """
    if not subject_.export_records(loaded(policy), _request(address, since, until)):
        raise typer.Exit(1)


@subject.command("erase")
def subject_erase(address: Address, policy: PolicyFile = EXAMPLE, since: From = None, until: To = None) -> None:
    """Erase every record of an address that is not on hold.

    Status 1 tells that a segment is damaged, and stays as it is with whatever it holds; it is named.

    Examples: frontdesk log subject erase --policy frontdesk.toml --address - < address
    """
    if not subject_.erase_records(loaded(policy), _request(address, since, until)):
        raise typer.Exit(1)


def _request(address: str, since: datetime | None, until: datetime | None) -> Request:
    first, last = days(since, until)
    return Request(subject_.address_from(address), first, last)
