"""Topics that keep records too long are refused; what the brokers do not tell is told."""

from pathlib import Path

import pytest

from frontdesk.policy import FrontdeskError, RetentionClass
from frontdesk.policy.stream import Stream
from frontdesk.systemdata.stream.topics import AwayError, check_topics, judge

from ...mock_cluster import Cluster
from ...streams import side

DAY = 86_400_000


def config(kept: int | str, begun: int | str = 0, policy: str = "delete") -> dict[str, str | None]:
    return {"retention.ms": str(kept), "segment.ms": str(begun), "cleanup.policy": policy}


@pytest.mark.parametrize("found", [config(90 * DAY), config(83 * DAY, 7 * DAY), {}, {"retention.ms": None}])
def test_judge_takes_a_topic_that_lets_go_in_time(found: dict[str, str | None]) -> None:
    judge("t", found, 90, RetentionClass.VISIT)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (config(-1), "for ever"),
        (config(90 * DAY + 1), "keeps records 90.0 days"),
        (config(84 * DAY, 7 * DAY), "91.0 days"),
        (config(1, policy="compact"), "is compacted"),
        (config(1, policy="compact,delete"), "is compacted"),
    ],
)
def test_judge_refuses_a_topic_that_keeps_records_longer_than_the_policy(
    found: dict[str, str | None], told: str
) -> None:
    with pytest.raises(FrontdeskError, match=told):
        judge("t", found, 90, RetentionClass.VISIT)


def test_check_topics_tells_what_brokers_do_not(cluster: Cluster, tmp_path: Path) -> None:
    here = side(tmp_path / "here", cluster)
    stream = here.policy.log.stream
    assert isinstance(stream, Stream)
    unknown = check_topics(here.policy, stream)
    assert len(unknown) == 2
    assert "what topic frontdesk.visit keeps cannot be told (_UNSUPPORTED_FEATURE)" in unknown[0]


def test_check_topics_makes_none(cluster: Cluster, tmp_path: Path) -> None:
    here = side(tmp_path / "here", cluster)
    missing = Stream(brokers=tuple(cluster.brokers), topics="missing")
    with pytest.raises(AwayError, match=r"there is no topic missing\.aggregate"):
        check_topics(here.policy, missing)
    with pytest.raises(AwayError, match=r"there is no topic missing\.aggregate"):
        check_topics(here.policy, missing)
