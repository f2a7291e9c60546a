# %% [markdown]
# # Which organisations came, from a log, in a notebook
#
# Open this file as a notebook in VS Code or with Jupytext, or run it as it is. It needs
# `pip install 'frontdesk[bulk]'`. Here a few lines stand for your log; `pl.read_parquet`, `pl.scan_csv` and the like
# bring your own.

# %%
import polars as pl

import frontdesk.enrich.frames  # noqa: F401 - registers `.frontdesk`
from frontdesk.enrich import frame

visits = pl.DataFrame(
    {
        "ip": ["128.112.0.77", "128.112.4.1", "194.95.66.7", "8.8.8.8", "2607:f8b0::1", "10.0.0.1", "no address"],
        "page": ["/", "/products", "/products", "/", "/", "/products", "/"],
    }
)

# %% [markdown]
# Columns beside your own. Each distinct network is judged once, by the rules that the middleware has.

# %%
told = frame(visits, address="ip").drop("ip")  # the address has done its work
print(told.select("page", "country", "network_type", "organisation", "organisation_confidence", "organisation_reason"))

# %% [markdown]
# How many visits had each organisation, and why was nobody named for the others?

# %%
organisations = told.group_by("organisation").len().drop_nulls().sort("len", descending=True)
reasons = told.group_by("organisation_reason").len().drop_nulls().sort("len", "organisation_reason", descending=True)
print(organisations)
print(reasons)

# %% [markdown]
# The same as an expression, in a lazy query.

# %%
by_country = (
    visits.lazy()
    .select(country=pl.col("ip").frontdesk.country(), page="page")
    .group_by("country")
    .len()
    .sort("len", "country", descending=True)
    .collect()
)
print(by_country)
