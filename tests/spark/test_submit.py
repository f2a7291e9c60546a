"""The command of docs/spark.md, as a person gives it: `spark-submit` with the example's file."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pyspark

from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import segments

from .cluster import MASTER, environment, needed, settings

ROOT = Path(__file__).parents[2]


def test_a_log_is_enriched_by_spark_submit(tmp_path: Path) -> None:
    needed()
    at = (datetime.now(UTC) - timedelta(2)).strftime("%d/%b/%Y:%H:%M:%S +0000")
    (tmp_path / "access.log").write_text(
        "".join(f'128.112.0.{n} - - [{at}] "GET / HTTP/1.1" 200 1 "-" "curl/8.5"\n' for n in range(30)) + "none\n"
    )
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    given = [argument for name, value in settings(tmp_path).items() for argument in ("--conf", f"{name}={value}")]
    script = ROOT / "docs" / "examples" / "submit.py"
    arguments = ["enrich", "--spark", "access.log", "--out", "visitors-book", "--json"]
    done = subprocess.run(
        [submit, "--master", MASTER, *given, script, *arguments],
        cwd=tmp_path,
        env=os.environ | environment(tmp_path) | {"PYSPARK_DRIVER_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    totals = {"read": 31, "written": 30, "counted": 0, "expired": 0, "rejected": 1, "known": 0}
    assert orjson.loads(done.stdout.splitlines()[-1]) == totals
    assert (
        "1 lines could not be read; visitors-book.rejects.jsonl has their numbers" in done.stdout
    )  # spark-submit joins both
    assert "Traceback" not in done.stderr
    there = list(segments(tmp_path / "visitors-book"))
    assert {path.parents[2].name for path in there} == {"visit", "aggregate", "audit"}
    told = [orjson.loads(line) for path in there if "audit" in path.parts for line in read(path)]
    assert [each["frontdesk.audit.details"]["state"] for each in told] == ["begun", "ended"]


def test_standard_input_is_no_log_for_a_cluster(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "examples" / "submit.py", "enrich", "--spark", "-", "--out", "book"],
        cwd=tmp_path,
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "frontdesk: standard input is on one machine, and the executors are on others: give files\n"


def test_without_pyspark_it_is_told_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text("")
    script = "import sys; sys.modules['pyspark'] = None; from frontdesk.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "enrich", "--spark", "access.log", "--out", "book"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "frontdesk: --spark needs PySpark: pip install 'frontdesk[spark]'\n"
