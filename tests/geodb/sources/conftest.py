"""What every test of a reader may ask for."""

from pathlib import Path

import pytest

from .files import FileOf


@pytest.fixture
def file_of(tmp_path: Path) -> FileOf:
    """Writes a file under a name that says nothing."""

    def write(content: bytes) -> Path:
        path = tmp_path / "source.dat"
        path.write_bytes(content)
        return path

    return write
