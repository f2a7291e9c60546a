"""The example sites for the tests of routing."""

from pathlib import Path

import pytest

from .sites import MakeSite


@pytest.fixture
def site(tmp_path: Path) -> MakeSite:
    return MakeSite(tmp_path)
