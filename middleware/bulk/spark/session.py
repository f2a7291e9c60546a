"""Spark's session: one that is there, or one of our own."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from frontdesk.policy import FrontdeskError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ENCRYPTED = "spark.io.encryption.enabled"


@contextmanager
def session() -> Iterator["SparkSession"]:
    """A session as `spark-submit` or Spark's own configuration says, else on this machine; it ends with the block.

    Raises `FrontdeskError` without PySpark or Java.
    """
    try:
        from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415 - the same
    except ImportError:
        raise FrontdeskError("--spark needs PySpark: pip install 'frontdesk[spark]'") from None
    # Rows go as Arrow, and never through Pandas.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("frontdesk enrich").config(_ENCRYPTED, "true")
    try:
        spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    except (PySparkException, FileNotFoundError):
        raise FrontdeskError("Spark does not start: it needs Java 17 or newer; what it said stands above") from None
    try:
        yield spark
    finally:
        spark.stop()


def keeps_secrets(spark: "SparkSession") -> bool:
    """Whether what Spark lays on disks is encrypted."""
    return str(spark.sparkContext.getConf().get(_ENCRYPTED, "false")).lower() == "true"


def attempts(spark: "SparkSession") -> int:
    """How often Spark tries a task before it gives up; where there is no cluster, once."""
    context = spark.sparkContext
    master = str(context.master)
    if master.startswith("local") and not master.startswith("local-cluster"):
        return 1
    return int(context.getConf().get("spark.task.maxFailures", "4") or 4)
