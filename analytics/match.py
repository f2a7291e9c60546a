"""Matching visits to the accounts of the group's own list: by the organisation's name, or by its networks."""

from collections.abc import Mapping
from typing import Any

from frontdesk.analytics.accounts import Accounts
from frontdesk.enrich.organisation import ORGANISATION_TYPES

# The list says whose a network is, also where no rule tells what kind it is; but never of one that is other people's.
_MATCHED = (*sorted(ORGANISATION_TYPES), "unknown")
_ELIGIBLE = f"treatment = 'full' AND NOT identifying AND kind IN {_MATCHED} AND network IS NOT NULL"


def match_visits(connected: Any, accounts: Accounts) -> None:
    """Give the table `visits` the account of each visit, by name and by network."""
    networks = connected.execute(f"SELECT DISTINCT network FROM visits WHERE {_ELIGIBLE}").fetchall()
    found = {network: account for (network,) in networks if (account := accounts.of_network(network))}
    _table(connected, "account_keys", accounts.keys)
    _table(connected, "account_networks", found)
    connected.execute("ALTER VIEW visits RENAME TO visits_unmatched")
    connected.execute(
        "CREATE TEMP VIEW visits AS SELECT v.* REPLACE"
        f" (coalesce(k.account, CASE WHEN {_ELIGIBLE} THEN n.account END) AS account)"
        " FROM visits_unmatched v LEFT JOIN account_keys k ON v.organisation = k.known"
        " LEFT JOIN account_networks n ON v.network = n.known"
    )


def match_cells(connected: Any, accounts: Accounts | None) -> None:
    """Make of the table `all_cells` the table `cells`, with the account of each organisation, by name."""
    if accounts is None:
        connected.execute("CREATE OR REPLACE TEMP VIEW cells AS SELECT * FROM all_cells")
        return
    _table(connected, "account_keys", accounts.keys)
    connected.execute(
        "CREATE OR REPLACE TEMP VIEW cells AS SELECT c.* REPLACE (coalesce(c.account, k.account) AS account)"
        " FROM all_cells c LEFT JOIN account_keys k ON c.organisation = k.known"
    )


def _table(connected: Any, name: str, accounts: Mapping[str, str]) -> None:
    connected.execute(f"CREATE OR REPLACE TEMP TABLE {name} (known VARCHAR, account VARCHAR)")
    connected.execute(
        f"INSERT INTO {name} SELECT unnest($known), unnest($account)",
        {"known": list(accounts), "account": list(accounts.values())},
    )
