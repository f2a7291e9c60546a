"""An app has nothing to do with Kafka, even where its book is streamed."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from frontdesk.middleware import FrontDesk
from frontdesk.policy import load

policy = load(sys.argv[1])
assert policy.streams()
FrontDesk(None, policy=policy)
loaded = [name for name in sys.modules if "kafka" in name or name.startswith("frontdesk.systemdata.stream")]
assert not loaded, loaded
"""


def test_an_app_whose_book_is_streamed_loads_nothing_of_it(tmp_path: Path) -> None:
    file = tmp_path / "frontdesk.toml"
    file.write_text(
        'version = "1"\ndefault_entity = "de"\n[log.stream]\nbrokers = ["kafka.example:9092"]\n'
        '[[entities]]\nid = "de"\nlegal_name = "Example GmbH"\n'
    )
    done = subprocess.run([sys.executable, "-c", PROGRAM, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
