"""docs/reports.md says what the code does."""

import re
from pathlib import Path

import pytest

from frontdesk.analytics import DIMENSIONS
from frontdesk.analytics.export import FORMATS
from frontdesk.analytics.permission import FACETS, RULES
from frontdesk.policy.purposes import PURPOSES

_TEXT = (Path(__file__).parents[2] / "docs" / "reports.md").read_text("utf-8")
_ROWS = re.findall(r"^\| (`.*`) \|(.*)\|$", _TEXT, re.MULTILINE)


def _rows_of(name: str) -> list[str]:
    """The rest of the table's rows that begin with a name, alone or among others."""
    return [rest for names, rest in _ROWS if f"`{name}`" in names.split(" | ")[0]]


def test_docs_list_every_rule() -> None:
    assert [names.strip("`") for names, _ in _ROWS if names.strip("`") in RULES] == list(RULES)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_docs_put_every_dimension_into_its_part(dimension: str) -> None:
    (rest,) = (row for row in _rows_of(dimension) if row.count("|") == 1)
    assert rest.rsplit("|", 1)[1].strip() == FACETS[dimension]


@pytest.mark.parametrize("name", PURPOSES)
def test_docs_say_what_each_purpose_may_ask_for(name: str) -> None:
    (rest,) = _rows_of(name)
    told = set() if rest.strip().startswith("nothing") else {part.strip() for part in rest.split(",")}
    assert told == {facet.value for facet in PURPOSES[name].reports}


@pytest.mark.parametrize("name", FORMATS)
def test_docs_list_every_format(name: str) -> None:
    assert f"`{name}`" in _TEXT
