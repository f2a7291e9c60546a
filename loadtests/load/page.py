"""locust's own page, for people: on this machine only, over servers that run as long as it is open."""

import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec

from .generator import PEOPLE, Plan, command
from .ledger import BARE, OURS
from .scenarios import SCENARIOS, Ground, write_policy
from .server import ROOT, Server


def serve(folder: Path, plan: Plan, port: int) -> int:
    """Serve the page until Ctrl-C, and give the exit status."""
    ground = Ground(folder, plan.seconds)
    write_policy(ground)
    (folder / "settings.json").write_bytes(msgspec.json.encode(SCENARIOS["none"].settings))
    (folder / "run").mkdir()
    with ExitStack() as stack:
        stack.callback(ground.forget_keys)
        if not plan.url:
            ours, bare = (stack.enter_context(Server(folder, name)) for name in (OURS, BARE))
            plan = plan._replace(url=ours.url, bare=bare.url)
        web = ["--web-host", "127.0.0.1", "--web-port", str(port)]
        print(f"open http://127.0.0.1:{port}; each run ends by itself, Ctrl-C ends the page", flush=True)
        with suppress(KeyboardInterrupt):
            return subprocess.run([*command(plan, folder / "run"), *web, *PEOPLE], cwd=ROOT, check=False).returncode
    return 0
