"""Work spread over a cluster: one task for each item, one answer from each."""

import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from frontdesk.enrich.spark import on_one_core
from frontdesk.policy import FrontdeskError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Item = TypeVar("Item")

_NOT_THERE = re.compile(r"^ModuleNotFoundError: (No module named '[\w.]+')$", re.MULTILINE)
_FIRST = 300


def spread(spark: "SparkSession", work: Callable[[Item], bytes], items: Sequence[Item]) -> list[bytes]:
    """What the work gives for each item, in their order.

    Spark does an item again where its task or its machine failed; exactly one answer of each is taken.
    Raises `FrontdeskError` where Spark gives up.
    """
    from py4j.protocol import Py4JError  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra

    packed = pickle.dumps((work, items))

    def tell(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

        on_one_core()  # before anything is unpacked that brings Polars along
        work, items = pickle.loads(packed)  # noqa: S301 - it was packed above
        for batch in batches:
            for place in batch.column(0).to_pylist():
                yield pa.RecordBatch.from_pydict({"place": [place], "told": [work(items[place])]})

    if not items:
        return []
    places = spark.range(0, len(items), 1, len(items))  # one place in each partition, and so a task for each
    try:
        rows = places.mapInArrow(tell, "place long, told binary").collect()
    except (PySparkException, Py4JError) as error:
        raise FrontdeskError(f"Spark gave up: {_reason(str(error))}") from None
    told = {row.place: bytes(row.told) for row in rows}
    return [told[place] for place in range(len(items))]


def _reason(text: str) -> str:
    """Why, in one line that holds nothing of what was read."""
    missing = _NOT_THERE.search(text)
    if missing:
        return f"the executors' Python says: {missing[1]}; it needs frontdesk[bulk] of the driver's version"
    return text.partition("\n")[0][:_FIRST]
