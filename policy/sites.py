"""What must fit together between the sites of the group: places served, origins, pages that are the same."""

import re
from collections.abc import Iterator
from string import Formatter

from frontdesk.policy.countries import COUNTRIES
from frontdesk.policy.model import Entity, Policy
from frontdesk.policy.problem import Problem
from frontdesk.policy.routing import Page

_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
_NAME = re.compile(r"\{([a-z_]+)\}")
_TAKEN_ONCE = ("id", "hosts", "countries", "subdivisions", "contracts_with", "site")
# Names that the banner's text may hold.
_PLACES = frozenset({"here", "there"})


def entity_problems(policy: Policy) -> Iterator[Problem]:
    """Places and origins that do not exist, or that two companies claim."""
    seen: dict[tuple[str, str], str] = {}
    for number, entity in enumerate(policy.entities):
        for field in ("countries", "contracts_with"):
            yield from _country_problems(f"entities[{number}].{field}", getattr(entity, field))
        for subdivision in entity.subdivisions:
            match = _SUBDIVISION.fullmatch(subdivision)
            if not match or match[1] not in COUNTRIES:
                yield Problem(
                    f"entities[{number}].subdivisions", f"{subdivision!r} is no ISO 3166-2 code, such as US-CA"
                )
        for field in _TAKEN_ONCE:
            for value in _values(entity, field):
                if other := seen.get((field, value)):
                    yield Problem(f"entities[{number}].{field}", f"{value!r} is taken already, by {other!r}")
                seen[field, value] = entity.id
        if entity.site and not _is_host(entity, entity.site):
            told = f"its host is not among the entity's hosts, {', '.join(entity.hosts) or 'of which there are none'}"
            yield Problem(f"entities[{number}].site", told)
    if policy.default_entity not in {entity.id for entity in policy.entities}:
        known = ", ".join(entity.id for entity in policy.entities)
        yield Problem("default_entity", f"no entity has this id; known are {known}")


def routing_problems(policy: Policy) -> Iterator[Problem]:
    """Pages of sites that do not exist, and words that say nothing."""
    routing = policy.routing
    yield from _country_problems("routing.consent_countries", routing.consent_countries)
    sites = {entity.id for entity in policy.entities if entity.site}
    for number, page in enumerate(routing.pages):
        yield from _page_problems(f"routing.pages[{number}]", page, sites)
    seen: set[str] = set()
    for number, words in enumerate(routing.text):
        if words.language in seen:
            yield Problem(f"routing.text[{number}].language", f"{words.language!r} is there already")
        seen.add(words.language)
        for key in ("suggestion", "go", "stay"):
            yield from _text_problems(f"routing.text[{number}].{key}", getattr(words, key))


def _text_problems(key: str, text: str) -> Iterator[Problem]:
    """Braces that the banner could not be written with, read by what writes it."""
    try:
        fields = [field for field in Formatter().parse(text) if field[1] is not None]
    except ValueError:
        yield Problem(
            key, "a brace stands alone: write {{ or }} for one that is shown, {here} or {there} for a company"
        )
        return
    for _, name, form, conversion in fields:
        if name not in _PLACES:
            told = f"{'{' + str(name) + '}'!r} stands for nothing; {{here}} and {{there}} do, and {{{{ for a brace"
            yield Problem(key, told)
        elif form or conversion:
            yield Problem(key, f"only the name may stand in the braces: write {{{name}}}")


def _page_problems(key: str, page: Page, sites: set[str]) -> Iterator[Problem]:
    if page.path is None and not page.on:
        yield Problem(key, "say the path of the page")
    for number, on in enumerate(page.on):
        if on.entity not in sites:
            yield Problem(f"{key}.on[{number}]", f"{on.entity!r} is no entity that has a site")
    paths = [*([page.path] if page.path else []), *(on.path for on in page.on)] or [""]
    names = [sorted(_NAME.findall(path)) for path in paths]
    if any(found != names[0] for found in names):
        yield Problem(key, "the paths of one page must hold the same names in braces")
    if len(set(names[0])) != len(names[0]):
        yield Problem(key, f"a name in braces stands twice in {paths[0]}")


def declaration_problems(policy: Policy) -> Iterator[Problem]:
    """What the specification of the tracking status asks for besides."""
    status = policy.signals.tracking_status
    if status and status.tracking in {"C", "P"} and status.config is None:
        told = f"tracking = {status.tracking!r} needs a config, the page where consent can be seen and taken back"
        yield Problem("signals.tracking_status.config", told)


def _country_problems(key: str, countries: tuple[str, ...]) -> Iterator[Problem]:
    for country in countries:
        if country not in COUNTRIES:
            yield Problem(key, f"{country!r} is no ISO 3166-1 code, such as DE or GB")


def _values(entity: Entity, field: str) -> tuple[str, ...]:
    value = getattr(entity, field)
    return value if isinstance(value, tuple) else (value,) if value else ()


def _is_host(entity: Entity, site: str) -> bool:
    return site.removeprefix("https://").partition(":")[0] in entity.hosts
