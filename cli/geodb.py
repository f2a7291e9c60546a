"""`frontdesk geodb build`: source files into one database."""

import re
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from frontdesk.geodb.build import Cut
from frontdesk.geodb.build import build as build_database


def cut_from(text: str) -> Cut:
    """The cut from text such as `24/48`."""
    match = re.fullmatch(r"(\d{1,2})/(\d{1,3})", text)
    if not match or not (8 <= int(match[1]) <= 32 and 16 <= int(match[2]) <= 128):  # noqa: PLR2004
        raise typer.BadParameter(
            f"{text!r} is not two prefix lengths, IPv4 from 8 to 32 and IPv6 from 16 to 128, such as 24/48",
            param_hint="--cut",
        )
    return Cut(int(match[1]), int(match[2]))


def run(sources: list[Path], out: Path, cut: Cut) -> None:
    """Build the database, showing how far it is, and say what came of it."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)
        manifest = build_database(
            sources, out, cut_to=cut, progress=lambda doing: progress.update(task, description=doing)
        )
    print(f"{out}: {manifest.networks:,} networks, {manifest.size / 1e6:.1f} MB, {manifest.build_date}")
    print(f"sha256 {manifest.sha256}")
    for source in manifest.sources:
        print(f"  {source.file}: {', '.join(source.fields)}; {source.licence}")
    if manifest.attributions:
        print("Wherever you use it, show:")
        print("\n".join(f"  {words}" for words in manifest.attributions))
