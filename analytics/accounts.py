"""The group's own list of accounts: who its customers are, so that a report can say which of them came.

A list is Account Information. It is a CSV file with a header: `account` (the group's id), `name`, and where known
`domain` and `networks`, several of them parted by blanks.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from frontdesk.analytics.errors import QuestionError
from frontdesk.enrich import name_of

_COLUMNS = ("account", "name", "domain", "networks")
_NEEDED = ("account", "name")
_MOST_BYTES = 16 << 20
_LONGEST = 200
# Records keep no more of an address than this.
_SHORTEST = {4: 24, 6: 48}

Network = IPv4Network | IPv6Network

_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class Accounts(NamedTuple):
    """Accounts by what they are known by: the keys of their names, their networks, and their domains in lower case."""

    keys: Mapping[str, str]
    networks: Mapping[Network, str]
    domains: Mapping[str, str] = MappingProxyType({})

    def of_network(self, network: str) -> str | None:
        """The account that a network of a record is in; of several the one with the smallest network."""
        found = ip_network(network)
        for length in range(found.prefixlen, 0, -1):
            account = self.networks.get(found.supernet(new_prefix=length))
            if account is not None:
                return account
        return None


def read_accounts(file: Path) -> Accounts:
    """Read a list of accounts. Raises `QuestionError` with the file, the line, the value and what is expected."""
    keys: dict[str, str] = {}
    networks: dict[Network, str] = {}
    domains: dict[str, str] = {}
    for line, row in _rows(file):
        account = row["account"]
        for key in filter(None, [name_of(row["name"]).key]):
            if keys.setdefault(key, account) != account:
                raise _wrong(file, line, f"{row['name']!r} is the account {keys[key]!r} already")
        for text in row["domain"].split():
            domain = _domain(file, line, text)
            if domains.setdefault(domain, account) != account:
                raise _wrong(file, line, f"{text} is a domain of the account {domains[domain]!r} already")
        for text in row["networks"].split():
            network = _network(file, line, text)
            if networks.setdefault(network, account) != account:
                raise _wrong(file, line, f"{text} is a network of the account {networks[network]!r} already")
    if not keys:
        raise QuestionError(f"{file}: has no accounts")
    return Accounts(keys, networks, domains)


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with file.open("rb") as stream:
            raw = stream.read(_MOST_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise QuestionError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise QuestionError(f"{file}: is not UTF-8 at byte {error.start}") from None
    if len(raw) > _MOST_BYTES:
        raise QuestionError(f"{file}: is larger than 16 MiB; is this a list of accounts?")
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(file, header)
        for values in reader:
            if values:
                yield reader.line_num, _row(file, reader.line_num, header, values)
    except csv.Error as error:
        raise _wrong(file, reader.line_num, f"is no CSV: {error}") from None


def _check_header(file: Path, header: Sequence[str]) -> None:
    unknown = [name for name in header if name not in _COLUMNS]
    missing = [name for name in _NEEDED if name not in header]
    if unknown or missing or len(set(header)) < len(header):
        told = f"the header says {', '.join(header)[:_LONGEST]!r}"
        raise _wrong(file, 1, f"{told}; expected {', '.join(_COLUMNS)}, of which {' and '.join(_NEEDED)} are needed")


def _row(file: Path, line: int, header: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    if len(values) != len(header):
        raise _wrong(file, line, f"has {len(values)} values, and the header {len(header)}")
    row = dict.fromkeys(_COLUMNS, "") | {name: value.strip() for name, value in zip(header, values, strict=True)}
    for name in _NEEDED:
        if not row[name] or len(row[name]) > _LONGEST or not row[name].isprintable():
            raise _wrong(
                file, line, f"{name} is {row[name][:_LONGEST]!r}; expected 1 to {_LONGEST} printable characters"
            )
    return row


def _domain(file: Path, line: int, text: str) -> str:
    domain = text.lower().removeprefix("www.")
    if not _DOMAIN.fullmatch(domain):
        raise _wrong(file, line, f"{text[:_LONGEST]!r} is no domain, such as example.com")
    return domain


def _network(file: Path, line: int, text: str) -> Network:
    try:
        network = ip_network(text)
    except ValueError:
        raise _wrong(file, line, f"{text[:_LONGEST]!r} is no network, such as 203.0.113.0/24") from None
    longest = _SHORTEST[network.version]
    if not 0 < network.prefixlen <= longest:
        raise _wrong(file, line, f"{text} cannot be told from its neighbours: records keep networks of /{longest}")
    return network


def _wrong(file: Path, line: int, problem: str) -> QuestionError:
    return QuestionError(f"{file}:{line}: {problem}")
