"""The benchmark of the cluster runs, on a small log, and says what it measured."""

import json

import pytest

from frontdesk.loadtests import spark

from .cluster import needed


def test_the_benchmark_measures_one_machine_and_a_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    needed()
    spark.main(2_000)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["taken"]
    assert set(found["one machine"]) == {"driver, Python"}
    assert set(found["cluster"]) == {"driver, Python", "driver, Java", "executor, Python", "executor, Java"}
    assert all(processor > 0 and peak > 0 for way in found.values() for processor, peak in way.values())
