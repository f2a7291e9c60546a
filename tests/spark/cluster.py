"""A real cluster of Spark on this machine, on loopback only: two executors, each a process with one of Python."""

import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession

MASTER = "local-cluster[2,1,1024]"
"""Two executors, each with one core, and with 1 GB of memory that the cluster may give it."""
_PATIENCE = 60.0


def environment(folder: Path) -> dict[str, str]:
    """What a driver has to have in its environment, so that it stays on loopback and leaves nothing elsewhere."""
    return {
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_WORKER_DIR": str(folder / "work"),
        "PYSPARK_PYTHON": sys.executable,
    }


def settings(folder: Path) -> dict[str, str]:
    """How the cluster is set up: as safe as docs/spark.md says."""
    return {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
        "spark.io.encryption.enabled": "true",
        "spark.authenticate": "true",
        "spark.authenticate.secret": secrets.token_hex(16),
        "spark.network.crypto.enabled": "true",
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={folder}",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }


@contextmanager
def cluster(folder: Path) -> Iterator[SparkSession]:
    """A session on a cluster of its own; what it leaves lies in a folder."""
    needed()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder).items():
            patch.setenv(name, value)
        builder = SparkSession.builder.master(MASTER).appName("tests")
        spark = builder.config(map=dict(settings(folder))).getOrCreate()
        try:
            yield spark
        finally:
            spark.stop()


def needed() -> None:
    """Without Java a test is skipped, or fails where continuous integration runs it (`CI=true`)."""
    if shutil.which("java"):
        return
    told = "java is not installed: run tests/spark/install as root, or apt-get install default-jre-headless"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(told, pytrace=False)
    pytest.skip(told)


def executors(spark: SparkSession) -> list[int]:
    """The processes of a session's executors."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:  # it has ended since it was listed
                continue
            if b"CoarseGrainedExecutorBackend" in command and spark.sparkContext.applicationId.encode() in command:
                found.append(int(process.name))
    return found


def kill_one(spark: SparkSession, book: Path) -> int:
    """Kill an executor as soon as tasks have begun to write: which it was."""
    end = time.monotonic() + _PATIENCE
    while not any(book.glob("visit/*/*/*.tmp")):
        assert time.monotonic() < end, "no task has written anything"
        time.sleep(0.01)
    killed = executors(spark)[0]
    os.kill(killed, signal.SIGKILL)
    return killed


def failed_tasks(spark: SparkSession) -> int:
    """How many tasks of all jobs so far have failed."""
    tracker = spark.sparkContext.statusTracker()
    jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup()]
    stages = [tracker.getStageInfo(stage) for job in jobs if job for stage in job.stageIds]
    return sum(stage.numFailedTasks for stage in stages if stage)
