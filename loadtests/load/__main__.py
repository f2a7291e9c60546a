"""`python -m loadtests.load`: visitors come, something goes wrong or nothing, and the account is made up."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from frontdesk.policy import EXAMPLE, FrontdeskError, load

from .crowd import assemble, shares
from .generator import Plan
from .limits import WORDS, Limits, judge
from .page import serve
from .report import as_json, text
from .scenarios import SCENARIOS, Scenario
from .shapes import SHAPES
from .target import permit
from .trial import Outcome, try_here, try_there

_EXAMPLES = """examples:
  python -m loadtests.load                                   30 seconds, everybody at once
  python -m loadtests.load --shape spike --users 400         a rush
  python -m loadtests.load --scenario full-disk --seconds 60
  python -m loadtests.load --web                             locust's page, on this machine only
  python -m loadtests.load --target https://staging.example --i-own-this-host staging.example

exit status: 0 every limit was kept; 1 one was not; 2 it was not started as it must be; 3 it cannot be tried here
"""
_MOST_USERS, _MOST_SECONDS = 20_000, 86_400.0
_CANNOT, _INTERRUPTED = 3, 130
_IN_NAMESPACE = "FRONTDESK_LOAD_NAMESPACE"


def main(arguments: Sequence[str]) -> int:
    """Run what the command line says, and give the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if find_spec("locust") is None:
        return _say("the load tests need locust: pip install 'frontdesk[loadtest]'")
    scenario = SCENARIOS[options.scenario]
    try:
        if options.target:
            permit(options.target, options.i_own_this_host)
        if scenario.mounts and not os.environ.get(_IN_NAMESPACE):
            return _in_namespace(arguments)
        with tempfile.TemporaryDirectory(prefix="frontdesk-load-") as folder:
            return _run(Path(folder), options, scenario)
    except FrontdeskError as error:
        return _say(str(error))
    except KeyboardInterrupt:
        print("ended by Ctrl-C; nothing was judged", file=sys.stderr)
        return _INTERRUPTED


def _run(folder: Path, options: argparse.Namespace, scenario: Scenario) -> int:
    plan = Plan(
        url=options.target or "",
        shape=options.shape,
        users=options.users,
        seconds=options.seconds or SHAPES[options.shape].seconds,
        think=options.think,
        most_requests=options.most_requests,
        workers=options.workers,
        owned=options.i_own_this_host or "",
    )
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    report = out / "locust.html"
    if options.web:
        return serve(folder, plan, options.web_port)
    if options.target:
        outcome = try_there(folder, plan, report=report)
    else:
        compare = options.scenario == "none"
        outcome = try_here(folder, plan, scenario, compare=compare, report=report)
    return _tell(outcome, options, scenario, out)


def _tell(outcome: Outcome, options: argparse.Namespace, scenario: Scenario, out: Path) -> int:
    limits = Limits()
    if options.scenario != "none":  # what goes wrong here is to fail nothing; how fast that is depends on the machine
        limits = limits._replace(p99_ms=None, dropped=None if scenario.drops else limits.dropped)
    limits = limits._replace(**{name: value for name, value in vars(options).items() if name in Limits._fields})
    verdicts = judge(outcome.found, limits)
    missed = [verdict.name for verdict in verdicts if not verdict.kept]
    kept = not missed and not outcome.wrong and bool(outcome.entries)
    crowd = shares(assemble(load(EXAMPLE)))
    told = text(outcome, options.scenario, scenario.told, verdicts, crowd)
    line = as_json(outcome, options.scenario, verdicts, kept=kept)
    (out / "report.txt").write_text(told, "utf-8")
    (out / "report.json").write_text(line + "\n", "utf-8")
    print(told)
    if not outcome.entries:
        print("MISSED  nobody came at all")
    print(f"reports in {os.path.relpath(out)}: report.txt, report.json, locust.html")
    print(line)
    return 0 if kept else 1


def _in_namespace(arguments: Sequence[str]) -> int:
    """Run again where a file system may be mounted that nobody else sees."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-Urm", "true"], check=False).returncode:
        print("this machine does not let us mount a file system in a namespace of our own", file=sys.stderr)
        return _CANNOT
    command = ["unshare", "-Urm", sys.executable, "-m", "loadtests.load", *arguments]
    return subprocess.run(command, env={**os.environ, _IN_NAMESPACE: "1"}, check=False).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.load",
        description="Visitors come, something goes wrong or nothing, and every one of them is accounted for.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--scenario", choices=list(SCENARIOS), default="none", help="what goes wrong")
    parser.add_argument("--shape", choices=list(SHAPES), default="steady", help="how the number of visitors goes")
    parser.add_argument("--users", type=_bounded(1, _MOST_USERS), default=100, help="visitors at a time, at most")
    parser.add_argument("--seconds", type=_bounded(1.0, _MOST_SECONDS), help="how long; else the shape's own time")
    parser.add_argument("--think", type=_bounded(0.0, 600.0), default=1.0, help="mean seconds between two pages")
    parser.add_argument(
        "--most-requests", type=_bounded(1, 100_000_000), default=1_000_000, help="a generator stops at so many"
    )
    parser.add_argument("--workers", type=_bounded(0, 64), default=0, help="locust workers beside a master")
    parser.add_argument("--target", help="URL of a host that is served elsewhere, in place of the site here")
    parser.add_argument("--i-own-this-host", metavar="HOST", help="the target's host, if it is not this machine")
    parser.add_argument("--web", action="store_true", help="locust's page in place of a report")
    parser.add_argument("--web-port", type=_bounded(1, 65535), default=8089, help="its port")
    parser.add_argument("--out", type=Path, default=Path("build/loadtest"), help="folder for the reports")
    group = parser.add_argument_group("limits; 'none' looks at one no more")
    for name, value in Limits()._asdict().items():
        flag = f"--max-{name.replace('_', '-')}"
        group.add_argument(
            flag, dest=name, type=_limit, default=argparse.SUPPRESS, metavar="N", help=f"{WORDS[name]} ({value})"
        )
    return parser


def _limit(text_: str) -> float | None:
    if text_ == "none":
        return None
    return _bounded(0.0, 1e9)(text_)


class _bounded:  # noqa: N801 - argparse shows it as the name of the type
    """A number within bounds, of the bounds' own type."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high

    def __call__(self, text_: str) -> float:
        number = type(self._low)(text_)
        if not self._low <= number <= self._high:
            raise argparse.ArgumentTypeError(f"{text_} is not from {self._low:g} to {self._high:g}")
        return number


def _say(trouble: str) -> int:
    print(trouble, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
