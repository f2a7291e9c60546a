"""The memory of a process with its children."""

import subprocess
import sys
from time import sleep

from frontdesk.loadtests.family import watched

_MEGABYTE = 1 << 20
_CHILD = f"data = bytearray(b'x') * {60 * _MEGABYTE}; print('there', flush=True); input()"
_PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_CHILD!r}])"


def test_the_memory_of_children_counts() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        with watched(process.pid) as memory:
            assert process.stdout is not None
            assert process.stdout.readline() == "there\n"
            while memory.peak < 60 * _MEGABYTE:
                sleep(0.05)
        process.communicate("\n")
    assert memory.peak < 200 * _MEGABYTE


def test_a_process_that_is_gone_takes_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with watched(process.pid) as memory:
        memory.look()
    assert memory.peak == 0
