"""`frontdesk policy`."""

from enum import StrEnum
from typing import Annotated

import typer

from frontdesk.cli import policy as policy_
from frontdesk.cli.commands.options import PolicyFile
from frontdesk.policy import EXAMPLE

policies = typer.Typer(help="Check a policy, show it, and draw the record of processing from it.", no_args_is_help=True)


class _Format(StrEnum):
    MARKDOWN = "md"
    JSON = "json"


@policies.command()
def check(policy: PolicyFile = EXAMPLE) -> None:
    """Say whether a policy can be followed; if not, the line to mend.

    Examples: frontdesk policy check --policy frontdesk.toml
    """
    policy_.check(policy)


@policies.command()
def show(
    policy: PolicyFile = EXAMPLE,
    json: Annotated[bool, typer.Option("--json", help="The whole policy as JSON.")] = False,
) -> None:
    """Say what a policy means, with everything that it leaves to the defaults.

    Examples: frontdesk policy show --policy frontdesk.toml · frontdesk policy show --json
    """
    policy_.show(policy, as_json=json)


@policies.command("record-of-processing")
def record_of_processing(
    policy: PolicyFile = EXAMPLE,
    format_: Annotated[_Format, typer.Option("--format", help="For people or for programs.")] = _Format.MARKDOWN,
) -> None:
    """Write the record of processing activities (Article 30 GDPR) that follows from a policy.

    Examples: frontdesk policy record-of-processing --policy frontdesk.toml > processing.md
    """
    policy_.processing(policy, as_json=format_ is _Format.JSON)
