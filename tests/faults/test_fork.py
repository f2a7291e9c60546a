"""Forks at awkward moments: the parent's lines once, the child's too, nobody waits for ever."""

from collections import Counter
from pathlib import Path

from ..book import lines_in
from .process import start

# Threads hand over lines all the time, so that a fork finds locks held and lines queued.
FORKING = """
import threading
writer = Writer(Path(sys.argv[1]), flush_interval=0.001, segment_bytes=2000)
over = threading.Event()
def hammer(name):
    number = 0
    while not over.is_set():
        number += 1
        assert writer.put(b'{"parent":%d,"number":%d}\\n' % (name, number), SHELF)
        if number % 50 == 0:
            time.sleep(0.001)
threads = [threading.Thread(target=hammer, args=(name,)) for name in range(3)]
for thread in threads:
    thread.start()
children = []
for child in range(20):
    time.sleep(0.01)
    pid = os.fork()
    if pid == 0:
        for number in range(50):
            assert writer.put(b'{"child":%d,"number":%d}\\n' % (child, number), SHELF)
        writer.close(20)
        ok = writer.statistics().written == 50
        os._exit(0 if ok else 1)
    children.append(pid)
codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
over.set()
for thread in threads:
    thread.join()
writer.close(20)
assert codes == [0] * 20, codes
print(writer.statistics().written)
"""

PRELOADED = """
import asyncio
from frontdesk.middleware import FrontDesk
(Path(sys.argv[1]) / "frontdesk.toml").write_text('version = "1"\\ndefault_entity = "us"\\n'
    'entities = [{ id = "us", legal_name = "US Inc." }]\\n')

async def page(scope, receive, send):
    scope["state"]["visit"].route = scope["path"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})

app = FrontDesk(page, policy=str(Path(sys.argv[1]) / "frontdesk.toml"))
async def nothing(*_):
    return {"type": "http.request"}
def visit(path):
    asyncio.run(app({"type": "http", "method": "GET", "path": path, "headers": [], "client": None}, nothing, nothing))
visit("/before")
workers = []
for worker in range(4):
    pid = os.fork()
    if pid == 0:
        for number in range(25):
            visit(f"/{worker}/{number}")
        sys.exit(0)
    workers.append(pid)
for pid in workers:
    assert os.waitpid(pid, 0)[1] == 0
print("done")
"""


def test_forks_under_load(tmp_path: Path) -> None:
    with start(FORKING, tmp_path) as forking:
        told, _ = forking.communicate(timeout=90)
    assert forking.returncode == 0
    found = Counter(lines_in(tmp_path))
    assert set(found.values()) == {1}
    assert sum(line.startswith(b'{"child"') for line in found) == 20 * 50
    assert sum(line.startswith(b'{"parent"') for line in found) == int(told)
    assert not list(tmp_path.rglob("*.open"))


def test_workers_forked_of_a_preloaded_app(tmp_path: Path) -> None:
    with start(PRELOADED, tmp_path) as preloaded:
        preloaded.communicate(timeout=90)
    assert preloaded.returncode == 0
    assert sum(b'"frontdesk.visit"' in line for line in lines_in(tmp_path / "visitors-book")) == 1 + 4 * 25
