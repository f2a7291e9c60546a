"""What the browsers of many lines are."""

from typing import NamedTuple

import numpy as np
import polars as pl

from frontdesk.enrich.bulk import Findings
from frontdesk.enrich.logs import columns as c
from frontdesk.geodb.leaves import I32, Mask
from frontdesk.middleware.bulk.distinct import distinct, mixed, texts_of
from frontdesk.middleware.bulk.samples import Samples
from frontdesk.middleware.bulk.tables import Fields, Part
from frontdesk.policy import Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.minimise import MACHINES, agent_family
from frontdesk.systemdata.tags import Record

NAMES = (f.AGENT, f.SYNTHETIC, f.BOT_BY)

_MOST_AGENTS = 100_000


class _Key(NamedTuple):
    family: str
    network_type: str
    anonymous: bool


class Agents:
    """Tells browsers' families, and which are machines', by what they say and by the network."""

    def __init__(self, samples: Samples, findings: Findings, networks: Fields) -> None:
        self._samples = samples
        self._findings = findings
        self._networks = networks
        # Of each family and each type of network, one that stands for all.
        self._agent: dict[str, bytes | None] = {}
        self._network: dict[str, int] = {}
        self._families_of: dict[str | None, str] = {}
        self.part: Part[_Key] = Part(NAMES, self._ask)

    def of(self, lines: pl.DataFrame, networks: I32, anonymous: Mask) -> tuple[I32, Mask]:
        """The number of each line's fields, and whether its agent says that it is a machine."""
        agents = texts_of(lines.get_column(c.USER_AGENT, default=None), len(networks))
        families, family = self._families(agents.values)
        code = family[agents.codes]
        types = self._networks.columns[f.NETWORK_TYPE]
        network_type = types.of(networks)
        key = mixed((code, len(families)), (network_type, len(types.values)), (anonymous.astype(np.int64), 2))
        codes, rows = distinct(key)
        keys = []
        for row in rows:
            name = types.values[network_type[row]]
            self._network.setdefault(name, int(networks[row]))
            keys.append(_Key(families[code[row]], name, bool(anonymous[row])))
        machine = np.array([each in MACHINES for each in families], np.bool_)
        return self.part.numbers(keys, codes), machine[code]

    def _families(self, agents: list[str]) -> tuple[list[str], I32]:
        """The families of browsers, and for each browser, and for none at the end, the place of its family there."""
        places: dict[str, int] = {}
        codes = [places.setdefault(self._family(agent), len(places)) for agent in [*agents, None]]
        return list(places), np.array(codes, np.int32)

    def _family(self, text: str | None) -> str:
        """A browser's family; a log has more browsers than the middleware's memory for them holds."""
        family = self._families_of.get(text)
        if family is None:
            if len(self._families_of) >= _MOST_AGENTS:
                self._families_of.clear()
            agent = None if text is None else text.encode("latin-1", "replace")
            family = self._families_of[text] = agent_family(agent)
            self._agent.setdefault(family, agent)
        return family

    def _ask(self, key: _Key) -> Record:
        treatment = Treatment.ANONYMOUS if key.anonymous else Treatment.FULL
        finding = self._findings.find(self._network[key.network_type])
        return self._samples.of_agent(self._agent[key.family], finding, treatment)
