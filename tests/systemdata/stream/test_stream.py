"""A stream from one book into another, over real sockets, by the real commands."""

from pathlib import Path

from frontdesk.systemdata.verify import verify

from ...mock_cluster import Cluster
from ...streams import messages, numbers, numbers_of, ship, side, take_in, visit, write


def test_stream_every_record_comes_out_once_as_it_was(cluster: Cluster, tmp_path: Path) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    write(shop, [visit(shop, number, f"visitor-{number % 7}") for number in range(300)])
    shipped = ship(shop)
    assert (shipped.status, shipped.told["delivered"], shipped.told["behind"]) == (0, 300, 0), shipped
    assert sorted(numbers_of(messages(cluster, "frontdesk.visit"))) == list(range(300))
    taken = take_in(warehouse)
    assert (taken.status, taken.told["written"]) == (0, 300), taken
    assert numbers(warehouse.book) == numbers(shop.book)
    assert all(verdict.damage is None for verdict in verify(warehouse.book))
