"""Matching visits to the accounts of the group's own list: by the organisation's name, its domain, or its networks."""

from typing import Any

from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.cells import EVERYTHING
from frontdesk.analytics.library import fill
from frontdesk.enrich.organisation import ORGANISATION_TYPES

# The list says whose a network is, also where no rule tells what kind it is; but never of one that is other people's.
_MATCHED = (*sorted(ORGANISATION_TYPES), "unknown")
_KNOWN = ("known", "account")
_ELIGIBLE = (
    f"NOT objected AND NOT identifying AND kind IN {_MATCHED} AND network IS NOT NULL"
    " AND coalesce(reason, '') NOT IN ('excluded', 'person', 'too_small')"
)


def prepare(connected: Any, accounts: Accounts) -> None:
    """Make tables of what accounts are known by, once for all the days that are matched."""
    fill(connected, "account_keys", _KNOWN, list(accounts.keys.items()))
    fill(connected, "account_domains", _KNOWN, list(accounts.domains.items()))


def match_visits(connected: Any, accounts: Accounts) -> None:
    """Give the table `visits` the account of each visit, by name, by domain and by network, once that is prepared."""
    networks = connected.execute(f"SELECT DISTINCT network FROM visits WHERE {_ELIGIBLE}").fetchall()
    found = {network: account for (network,) in networks if (account := accounts.of_network(network))}
    fill(connected, "account_networks", _KNOWN, list(found.items()))
    connected.execute("DROP VIEW IF EXISTS visits_unmatched")
    connected.execute("ALTER VIEW visits RENAME TO visits_unmatched")
    connected.execute(
        "CREATE TEMP VIEW visits AS SELECT v.* REPLACE"
        f" (coalesce(k.account, d.account, CASE WHEN {_ELIGIBLE} THEN n.account END) AS account)"
        " FROM visits_unmatched v LEFT JOIN account_keys k ON v.organisation = k.known"
        " LEFT JOIN account_domains d ON lower(v.domain) = d.known"
        " LEFT JOIN account_networks n ON v.network = n.known"
    )


def match_cells(connected: Any, accounts: Accounts | None) -> None:
    """Make the view `cells` of `all_cells`, with the account of each organisation, by name or domain."""
    if accounts is None:
        connected.execute("CREATE OR REPLACE TEMP VIEW cells AS SELECT * FROM all_cells")
        return
    fill(connected, "account_domains", _KNOWN, list(accounts.domains.items()))
    # The domain stands in this lens only, and what is known of an organisation there holds for it in all.
    by_domain = connected.execute(
        "SELECT organisation, min(d.account) FROM all_cells c JOIN account_domains d ON lower(c.domain) = d.known"
        f" WHERE lens = '{EVERYTHING}' AND organisation IS NOT NULL GROUP BY organisation"
    ).fetchall()
    fill(connected, "account_keys", _KNOWN, list((dict(by_domain) | dict(accounts.keys)).items()))
    connected.execute(
        "CREATE OR REPLACE TEMP VIEW cells AS SELECT c.* REPLACE (coalesce(c.account, k.account) AS account)"
        " FROM all_cells c LEFT JOIN account_keys k ON c.organisation = k.known"
    )
