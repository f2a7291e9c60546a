"""What a user agent says of a machine: the kept list of crawlers and monitors, and the clients that scripts use.

The list is the package `crawler-user-agents`, some 1,500 patterns; a new release of it is a new list. What stands here
is what it lacks, and what it takes for a machine though people use it.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Literal

# What scripts and apps ask with; it names itself first.
_SCRIPTS = (
    "apache-httpclient/",
    "axios/",
    "curl/",
    "dart/",
    "deno/",
    "go-http-client/",
    "guzzlehttp/",
    "httpie/",
    "java-http-client/",
    "java/",
    "libwww-perl/",
    "node",
    "okhttp/",
    "php/",
    "postmanruntime/",
    "pycurl/",
    "python",
    "reqwest/",
    "ruby",
    "undici",
    "wget/",
)
# Words that machines alone say of themselves, whoever they are. There are telephones called Cubot.
_WORDS = r"(?<![cC][uU])[bB][oO][tT](?![a-zA-Z])|[cC]rawler|[sS]pider|\+https?:"
# Watchers of platforms, which the list lacks.
_MONITORS = (
    "Amazon-Route53-Health-Check",
    "Datadog/Synthetics",
    "ELB-HealthChecker",
    "GoogleHC/",
    "Prometheus/",
    "kube-probe/",
)
# Apps that show pages to people, and say so at the end; the same app's machine names itself first.
_APPS = frozenset({"Code/1.", "Sogou", "Trae/", "Viber", "WhatsApp"})

_ESCAPED = re.compile(r"\\([^a-zA-Z0-9])")
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")


def machine(user_agent: str) -> Literal["bot", "script"] | None:
    """Whether a user agent is a machine's: `script` for the client of a script, `bot` for all others that are known."""
    if user_agent.lower().startswith(_SCRIPTS):
        return "script"
    return "bot" if _listed().search(user_agent) else None


@cache
def _listed() -> re.Pattern[str]:
    """Everything that is listed, as one pattern, made once."""
    # Half a megabyte that few commands need.
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]  # noqa: PLC0415

    plain, special = set(_MONITORS), [_WORDS]
    for entry in CRAWLER_USER_AGENTS_DATA:
        pattern = entry["pattern"]
        text = _ESCAPED.sub(r"\1", pattern)
        if text in _APPS:
            special.append(f"^{pattern}")
        elif _SPECIAL.search(_ESCAPED.sub("", pattern)):
            special.append(pattern)
        else:
            plain.add(text)
    return re.compile("|".join([_any_of(plain), *special]))


def prepare() -> None:
    """Read the list now, and not while a visitor waits."""
    _listed()


def _any_of(texts: Iterable[str]) -> str:
    """A pattern for any of some texts. Those that begin alike share a branch: most are passed over at one letter."""
    branches: dict[str, list[str]] = {}
    for text in sorted(texts):
        branches.setdefault(text[:1], []).append(text[1:])
    if "" in branches:  # one ends here, so whatever would follow is found already
        return ""
    either = "|".join(re.escape(first) + _any_of(rest) for first, rest in branches.items())
    return either if len(branches) == 1 else f"(?:{either})"
