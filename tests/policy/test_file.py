"""Reading a policy: what is accepted, and the one line that a wrong file is answered with.

Each case is an edit of the example policy. The line to blame is the one that ends in `# here`.
"""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from frontdesk.policy import EXAMPLE, Policy, PolicyError, Treatment, contradictions, load
from frontdesk.policy.model import Operations, WebService
from frontdesk.policy.networks import Networks
from frontdesk.policy.purposes import PURPOSES, Purpose
from frontdesk.policy.retention import LONGEST_VISIT_DAYS
from frontdesk.policy.secret import Secret

EXAMPLE_TEXT = EXAMPLE.read_text()
SMALLEST = """
version = "1"
default_entity = "us"
[[entities]]
id = "us"
legal_name = "Us"
"""
TOP_KEYS = (
    "version, entities, default_entity, proxies, signals, cookies, routing, retention, log, database, visitors,"
    " recipients, web_service, operations, opentelemetry, page, analysts"
)
HEADERS = (
    "x-forwarded-for, forwarded, x-real-ip, cf-connecting-ip, true-client-ip, fastly-client-ip,"
    " x-azure-clientip, x-azure-socketip"
)
ALL_PURPOSES = (
    "relationship_management, marketing_analytics, right_website, service_delivery, platform_operation,"
    " alerts, legal_audit, crime_prevention, development, anonymous_statistics"
)

SERVICE = "# [web_service]"
OPERATIONS = "# [operations]"
COLLECTOR = "# [opentelemetry]"
WRITTEN = "[web_service]\naccount = { env = 'A' }\ndaily_limit = 10\nkey = KEY"
KEPT = 'expected where the secret is kept: { env = "NAME" } or { file = "PATH" }'


def edited(old: str, new: str) -> str:
    assert EXAMPLE_TEXT.count(old) == 1, f"{old!r} is to be in the example once"
    return EXAMPLE_TEXT.replace(old, new)


def recipient(wrong: str) -> str:
    """A recipient of which one key is wrong, and is the line to blame."""
    lines = {
        "id": '"agency"',
        "legal_name": '"Northern Lights"',
        "country": '"DK"',
        "entities": '["aurora-de"]',
        "classes": '["visit"]',
        "purposes": '["marketing_analytics"]',
    }
    lines[wrong.split(" = ", maxsplit=1)[0]] = wrong.split(" = ", 1)[1]
    return "[[recipients]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items()) + "\n#"


def line_to_blame(text: str) -> int | None:
    return next((number for number, line in enumerate(text.split("\n"), 1) if line.endswith("# here")), None)


def refusal(path: Path) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        load(path)
    message = str(caught.value)
    assert message.isprintable(), "a message is one line"
    assert caught.value.file == str(path)
    return caught.value


def refusal_of(text: str, folder: Path) -> PolicyError:
    path = folder / "frontdesk.toml"
    path.write_text(text, "utf-8")
    return refusal(path)


def test_load_reads_the_example() -> None:
    policy = load(EXAMPLE)
    assert [entity.id for entity in policy.entities] == ["aurora-com", "aurora-de", "aurora-jp"]
    assert policy.default_entity == "aurora-com"
    assert policy.proxies.trusted == Networks(["127.0.0.1", "::1"])
    assert (policy.signals.dnt, policy.signals.gpc) == (Treatment.ANONYMOUS, Treatment.ANONYMOUS)
    assert policy.cookies.essential == {"aurora_basket"}
    assert policy.retention.visit.days == 90
    assert policy.log.directory == EXAMPLE.parent / "visitors-book"
    assert policy.database.file is UNSET


def test_load_gives_equal_policies_for_equal_files() -> None:
    assert load(EXAMPLE) == load(str(EXAMPLE))


def test_load_fills_in_what_a_policy_does_not_say(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALLEST)
    policy = load(path)
    assert policy.proxies.header == "x-forwarded-for"
    assert not policy.proxies.trusted
    assert policy.proxies.hops is None
    assert not policy.proxies.trust_unix
    assert not policy.proxies.only_way_in
    assert policy.signals.dnt == policy.signals.gpc == Treatment.ANONYMOUS
    assert policy.cookies.essential == frozenset()
    assert policy.retention.visit.days == 90
    assert policy.log.directory == tmp_path / "visitors-book"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# hops = 2", "hops = 2"),
        ('trusted = ["127.0.0.1", "::1"]', "hops = 16\nonly_way_in = true"),
        ('header = "x-forwarded-for"', 'header = "forwarded"\nhops = 1'),
        ('header = "x-forwarded-for"', 'header = "cf-connecting-ip"'),
        ("days = 90", f"days = {LONGEST_VISIT_DAYS}"),
        ("days = 90", "days = 1"),
        ('purposes = ["marketing_analytics", "right_website", "anonymous_statistics"]', "purposes = []"),
        ('dnt = "anonymous"', 'dnt = "full"'),
        ('gpc = "anonymous"', 'gpc = "count"'),
        ('"TH", "TW", "VN"', '"TH", "TW", "VN", "XK"'),
        ('essential = ["aurora_basket"]', "essential = []"),
    ],
)
def test_load_accepts(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(edited(old, new))
    assert isinstance(load(path), Policy)


def test_load_accepts_a_web_service_and_takes_its_secrets_from_the_policys_folder(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(edited(SERVICE, WRITTEN.replace("KEY", "{ file = 'key' }")))
    service = load(path).web_service
    assert isinstance(service, WebService)
    assert (service.service, service.daily_limit, service.cache_days) == ("insights", 10, 7)
    assert (service.account, service.key) == (Secret(env="A"), Secret(file=tmp_path / "key"))


def test_load_accepts_answers_for_the_operators_machines(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(edited(OPERATIONS, "[operations]\nallow = ['10.0.0.0/8']\nhealth = '/-/health'"))
    operations = load(path).operations
    assert isinstance(operations, Operations)
    assert (operations.allow, operations.health) == (Networks(["10.0.0.0/8"]), "/-/health")
    assert operations.ready is operations.metrics is UNSET


def test_load_refuses_answers_that_outlive_the_visit(tmp_path: Path) -> None:
    text = edited("days = 90", "days = 5").replace(
        SERVICE, WRITTEN.replace("KEY", "{ env = 'A' }\ncache_days = 6 # here")
    )
    refused = refusal_of(text, tmp_path)
    assert (refused.key, refused.line) == ("web_service.cache_days", line_to_blame(text))
    assert "an answer may not outlive the visit, which is kept 5 days (the file says 6)" in str(refused)


def test_load_accepts_lines_that_end_as_on_windows(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_bytes(EXAMPLE.read_bytes().replace(b"\n", b"\r\n"))
    assert load(path).entities == load(EXAMPLE).entities


def test_load_accepts_the_mark_that_windows_editors_put_in_front(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.read_bytes())
    assert load(path).entities == load(EXAMPLE).entities


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        # keys that are not known, at each level
        ("[log]\n", "[logs] # here\n", "logs", f"no such key; allowed here are {TOP_KEYS}"),
        (
            'id = "aurora-de"',
            'id = "aurora-de"\nlogo = "x.png" # here',
            "entities[1].logo",
            (
                "no such key; allowed here are id, legal_name, hosts, countries, subdivisions, site, languages,"
                " contracts_with, registration, jurisdiction, governing_law, residency, contact"
                " (the file says 'x.png')"
            ),
        ),
        (
            'header = "x-forwarded-for" ',
            "headers = 3 # here\n#",
            "proxies.headers",
            "no such key; allowed here are header, trusted, hops, trust_unix, only_way_in (the file says 3)",
        ),
        (
            'dnt = "anonymous"',
            "DNT = true # here",
            "signals.DNT",
            "no such key; allowed here are dnt, gpc, tracking_status, gpc_support (the file says true)",
        ),
        (
            "[cookies]",
            "[cookies]\nall = true # here",
            "cookies.all",
            "no such key; allowed here are essential (the file says true)",
        ),
        (
            "[retention.visit]",
            "[retention.cookies] # here\n[retention.visit]",
            "retention.cookies",
            "no such key; allowed here are visit, security, aggregate, audit",
        ),
        (
            "days = 90",
            "weeks = 9 # here",
            "retention.visit.weeks",
            "no such key; allowed here are days, purposes (the file says 9)",
        ),
        (
            "[log]\n",
            "[log]\nlevel = 1 # here\n",
            "log.level",
            (
                "no such key; allowed here are directory, archive, books, stream, max_total_bytes, min_free_ratio"
                " (the file says 1)"
            ),
        ),
        (
            "# [database]",
            "[database]\nurl = 'x' # here",
            "database.url",
            "no such key; allowed here are file, country, sources, sources_directory, cut (the file says 'x')",
        ),
        # keys that are missing
        ('version = "2026-11-01"', "", "version", "is missing"),
        ('default_entity = "aurora-com"', "", "default_entity", "is missing"),
        ('[[entities]]\nid = "aurora-de"', "[[entities]] # here", "entities[1].id", "is missing"),
        (
            '[[entities]]\nid = "aurora-jp"\nlegal_name = "Aurora Instruments K.K."',
            '[[entities]] # here\nid = "aurora-jp"',
            "entities[2].legal_name",
            "is missing",
        ),
        # values of the wrong kind
        (
            'version = "2026-11-01"',
            "version = 2026-11-01 # here",
            "version",
            "Expected `str`, got `date`: write it in quotes (the file says 2026-11-01)",
        ),
        (
            'version = "2026-11-01"',
            "version = '' # here",
            "version",
            "expected 1 to 64 letters, digits, spaces or any of . : + - _ (the file says '')",
        ),
        (
            "days = 90",
            "days = '90' # here",
            "retention.visit.days",
            "Expected `int`, got `str` (the file says '90')",
        ),
        (
            "days = 90",
            "days = 0 # here",
            "retention.visit.days",
            "Expected `int` >= 1 (the file says 0)",
        ),
        (
            "days = 90",
            "days = 761 # here",
            "retention.visit.days",
            "Expected `int` <= 760 (the file says 761)",
        ),
        (
            "# hops = 2 ",
            "hops = 0 # here\n#",
            "proxies.hops",
            "Expected `int` >= 1 (the file says 0)",
        ),
        (
            "# hops = 2 ",
            "hops = 17 # here\n#",
            "proxies.hops",
            "Expected `int` <= 16 (the file says 17)",
        ),
        (
            "# hops = 2 ",
            "hops = true # here\n#",
            "proxies.hops",
            "Expected `int | null`, got `bool` (the file says true)",
        ),
        (
            'header = "x-forwarded-for" ',
            'header = "x-client" # here\n#',
            "proxies.header",
            f"not one of {HEADERS} (the file says 'x-client')",
        ),
        (
            'gpc = "anonymous"',
            'gpc = "Full" # here',
            "signals.gpc",
            "not one of full, anonymous, count (the file says 'Full')",
        ),
        (
            'dnt = "anonymous"',
            "dnt = true # here",
            "signals.dnt",
            "not one of full, anonymous, count (the file says true)",
        ),
        (
            'mode = "suggest"',
            "mode = ['suggest'] # here",
            "routing.mode",
            "not one of off, suggest, redirect_with_consent, redirect (the file says ['suggest'])",
        ),
        *[
            (
                "# gpc_support = { last_update = 2026-11-01 }",
                f"[signals.gpc_support]\nlast_update = {written} # here",
                "signals.gpc_support.last_update",
                f"expected a day as YYYY-MM-DD, such as 2026-11-01 (the file says {shown})",
            )
            for written, shown in [
                ('"01.11.2026"', "'01.11.2026'"),
                ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00+00:00"),
                ("20261101", "20261101"),
            ]
        ],
        (
            "[cookies]\nessential",
            "[[cookies]] # here\nessential",
            "cookies",
            "expected a table under [cookies], in single brackets (the file says [{'essential': ['aurora_basket']}])",
        ),
        (
            'essential = ["aurora_basket"]',
            'essential = "aurora_basket" # here',
            "cookies.essential",
            "Expected `array`, got `str`: write it in brackets, as a list (the file says 'aurora_basket')",
        ),
        (
            "# [[recipients]]",
            "[recipients] # here",
            "recipients",
            "expected tables, each under [[recipients]], in double brackets",
        ),
        (
            'trusted = ["127.0.0.1", "::1"] ',
            'trusted = ["127.0.0.1", "proxy.local"] # here\n#',
            "proxies.trusted",
            (
                "'proxy.local' is not a network; write one like 10.0.0.0/8 or 2001:db8::/32"
                " (the file says ['127.0.0.1', 'proxy.local'])"
            ),
        ),
        (
            'trusted = ["127.0.0.1", "::1"] ',
            'trusted = ["10.1.2.3/8"] # here\n#',
            "proxies.trusted",
            "'10.1.2.3/8' has host bits set; write 10.0.0.0/8 for the network (the file says ['10.1.2.3/8'])",
        ),
        (
            'trusted = ["127.0.0.1", "::1"] ',
            'trusted = "10.0.0.0/8" # here\n#',
            "proxies.trusted",
            "expected a list of networks, such as ['10.0.0.0/8'] (the file says '10.0.0.0/8')",
        ),
        (
            'essential = ["aurora_basket"]',
            'essential = ["", "a"] # here',
            "cookies.essential[0]",
            "Expected `str` of length >= 1 (the file says '')",
        ),
        (
            'hosts = ["de.aurora.example"]',
            'hosts = ["https://de.aurora.example"] # here',
            "entities[1].hosts[0]",
            "expected a host name in lower case, without scheme, port or path (the file says 'https://de.aurora.example')",
        ),
        (
            'hosts = ["de.aurora.example"]',
            'hosts = ["de.aurora.example\\n"] # here',
            "entities[1].hosts[0]",
            "expected a host name in lower case, without scheme, port or path (the file says 'de.aurora.example\\n')",
        ),
        (
            'id = "aurora-de"',
            'id = "aurora-de\\n" # here',
            "entities[1].id",
            "expected 1 to 63 lower-case letters, digits or hyphens (the file says 'aurora-de\\n')",
        ),
        (
            'directory = "visitors-book"',
            'directory = "" # here',
            "log.directory",
            "expected a path as text (the file says '')",
        ),
        (
            '# [database]\n# file = "networks.mmdb"',
            "[database]\nfile = 3 # here",
            "database.file",
            "expected a path as text (the file says 3)",
        ),
        (
            "# [database]",
            "[database]\ncountry = 'best' # here",
            "database.country",
            "not one of first, majority (the file says 'best')",
        ),
        # retention: ceilings, and purposes that may use what is kept
        ("days = 14", "days = 366 # here", "retention.security.days", "Expected `int` <= 365 (the file says 366)"),
        ("days = 760", "days = 3651 # here", "retention.aggregate.days", "Expected `int` <= 3650 (the file says 3651)"),
        ("days = 1095", "days = 3651 # here", "retention.audit.days", "Expected `int` <= 3650 (the file says 3651)"),
        (
            'purposes = ["crime_prevention"]',
            'purposes = ["crime_prevention", "marketing_analytics"] # here',
            "retention.security.purposes[1]",
            (
                "this purpose may not use Account Information, System Data and IP addresses; those that may are"
                " service_delivery, legal_audit, crime_prevention (the file says 'marketing_analytics')"
            ),
        ),
        (
            'purposes = ["legal_audit"]',
            'purposes = ["curiosity"] # here',
            "retention.audit.purposes[0]",
            f"no such purpose; known are {ALL_PURPOSES} (the file says 'curiosity')",
        ),
        # where records lie, and who may be handed them
        (
            'residency = "eu"',
            'residency = "E U" # here',
            "entities[1].residency",
            "expected 1 to 63 lower-case letters, digits or hyphens (the file says 'E U')",
        ),
        (
            '# [[log.books]]\n# of = "eu"',
            '[[log.books]]\ndirectory = "x"\nof = "fr" # here',
            "log.books[0].of",
            (
                "no entity has this id or residency; known are aurora-com, aurora-de, aurora-jp, eu, jp, us"
                " (the file says 'fr')"
            ),
        ),
        (
            'residency = "eu"',
            (
                'residency = "aurora-com"\n[[log.books]]\ndirectory = "x"\nof = "aurora-com" # here\n'
                '[[entities]]\nid = "x"\nlegal_name = "X"'
            ),
            "log.books[0].of",
            "is an entity and a residency: give one of them another name (the file says 'aurora-com')",
        ),
        (
            '# [[log.books]]\n# of = "eu"',
            '[[log.books]]\nof = "eu"\ndirectory = "x"\n[[log.books]]\ndirectory = "y"\nof = "eu" # here',
            "log.books[1].of",
            "'eu' has a book already (the file says 'eu')",
        ),
        (
            '# [[log.books]]\n# of = "eu"',
            '[[log.books]]\nof = "eu"\ndirectory = "visitors-book/eu" # here',
            "log.books[0].directory",
            "one book cannot lie inside another, here visitors-book (the file says 'visitors-book/eu')",
        ),
        (
            "[log]\n",
            '[log]\narchive = "s3://key:secret@bucket/x" # here\n',
            "log.archive",
            (
                "expected the address of a store such as s3://bucket/prefix, gs://, az:// or file:///folder, without a"
                " name or password in it: credentials come from the environment"
            ),
        ),
        (
            '# [[log.books]]\n# of = "eu"',
            (
                'archive = "s3://bucket/group/"\n'
                '[[log.books]]\nof = "eu"\ndirectory = "x"\narchive = "s3://bucket/group/eu" # here'
            ),
            "log.books[0].archive",
            "is the archive of another book, or lies inside it: give each a place of its own",
        ),
        (
            '# [[log.books]]\n# of = "eu"',
            (
                '[[log.books]]\nof = "eu"\ndirectory = "x"\narchive = "s3://bucket/eu"\n'
                '[[log.books]]\nof = "aurora-jp"\ndirectory = "x"\narchive = "s3://bucket/jp" # here'
            ),
            "log.books[1].archive",
            "another archive than s3://bucket/eu is named for the same book, x",
        ),
        (
            '# [[log.books]]\n# of = "eu"',
            '[[log.books]]\nof = "eu"\nfolder = "x" # here\ndirectory = "x"',
            "log.books[0].folder",
            "no such key; allowed here are of, directory, archive, stream (the file says 'x')",
        ),
        *[
            ("# [[recipients]]", recipient(wrong), key, problem)
            for wrong, key, problem in [
                (
                    'country = "Denmark" # here',
                    "recipients[0].country",
                    "'Denmark' is no ISO 3166-1 code, such as DE or GB (the file says 'Denmark')",
                ),
                (
                    'entities = ["aurora-fr"] # here',
                    "recipients[0].entities",
                    (
                        "no entity has the id 'aurora-fr'; known are aurora-com, aurora-de, aurora-jp"
                        " (the file says ['aurora-fr'])"
                    ),
                ),
                (
                    'classes = ["cookies"] # here',
                    "recipients[0].classes[0]",
                    "not one of visit, security, aggregate, audit (the file says 'cookies')",
                ),
                (
                    'purposes = ["crime_prevention"] # here',
                    "recipients[0].purposes",
                    (
                        "visit records are not kept for 'crime_prevention', but for marketing_analytics,"
                        " right_website, anonymous_statistics (the file says ['crime_prevention'])"
                    ),
                ),
                (
                    "purposes = [] # here",
                    "recipients[0].purposes",
                    "Expected `array` of length >= 1 (the file says [])",
                ),
                (
                    'id = "an agency" # here',
                    "recipients[0].id",
                    "expected 1 to 63 lower-case letters, digits or hyphens (the file says 'an agency')",
                ),
            ]
        ],
        # secrets are never shown
        (SERVICE, WRITTEN.replace("KEY", "'s3cret' # here"), "web_service.key", KEPT),
        (SERVICE, WRITTEN.replace("KEY", "{ env = 'A', file = 'b' } # here"), "web_service.key", KEPT),
        (
            SERVICE,
            WRITTEN.replace("KEY", "{ value = 's3cret' } # here"),
            "web_service.key.value",
            "no such key; allowed here are env, file",
        ),
        (
            SERVICE,
            WRITTEN.replace("KEY", "{ env = 'A' }\nservice = 'country' # here"),
            "web_service.service",
            "not one of insights, city (the file says 'country')",
        ),
        (SERVICE, "[web_service] # here", "web_service.account", "is missing"),
        # answers for the operator's machines
        (OPERATIONS, "[operations] # here\nhealth = '/h'", "operations.allow", "is missing"),
        (OPERATIONS, "[operations] # here\nallow = ['::1']", "operations", "names no path: health, ready or metrics"),
        *[
            (OPERATIONS, f"[operations]\n{lines}", f"operations.{key}", problem)
            for lines, key, problem in [
                (
                    "allow = [] # here\nhealth = '/h'",
                    "allow",
                    "is empty: name the networks of those who are answered (the file says [])",
                ),
                (
                    "allow = ['10.0.0.0/8', '::/0'] # here\nhealth = '/h'",
                    "allow[1]",
                    "this answers everybody: name your own networks (the file says '::/0')",
                ),
                (
                    "allow = ['::1']\nhealth = 'h' # here",
                    "health",
                    "expected a path such as /-/health (the file says 'h')",
                ),
                (
                    "allow = ['::1']\nmetrics = '/m?x' # here",
                    "metrics",
                    "expected a path such as /-/health (the file says '/m?x')",
                ),
                (
                    "allow = ['::1']\nhealth = '/h'\nready = '/h' # here",
                    "ready",
                    "'/h' is taken already (the file says '/h')",
                ),
                (
                    "allow = ['::1']\nready = '/.well-known/ready' # here",
                    "ready",
                    "nothing of a group's own lies below /.well-known/ (RFC 8615) (the file says '/.well-known/ready')",
                ),
                (
                    "allow = ['::1']\nport = 1 # here",
                    "port",
                    "no such key; allowed here are allow, health, ready, metrics (the file says 1)",
                ),
            ]
        ],
        # records for a collector
        *[
            (COLLECTOR, f"[opentelemetry]{lines}", f"opentelemetry{key}", problem)
            for lines, key, problem in [
                (
                    "\nendpoint = 'http://collector.example/v1/logs' # here\nentities = ['aurora-de']",
                    ".endpoint",
                    (
                        "expected an https:// address with a path, such as https://collector.example/v1/logs, without a"
                        " password in it; http:// is for this machine only"
                    ),
                ),
                (
                    " # here\nendpoint = 'https://collector.example/v1/logs'",
                    "",
                    "name the entities whose own collector it is, or else its recipient",
                ),
                (
                    " # here\nendpoint = 'https://c.example/v1/logs'\nentities = ['aurora-de']\nrecipient = 'a'",
                    "",
                    "name the entities whose own collector it is, or else its recipient",
                ),
                (
                    "\nendpoint = 'https://c.example/v1/logs'\nentities = ['aurora-fr'] # here",
                    ".entities",
                    (
                        "no entity has the id 'aurora-fr'; known are aurora-com, aurora-de, aurora-jp"
                        " (the file says ['aurora-fr'])"
                    ),
                ),
                (
                    "\nendpoint = 'https://c.example/v1/logs'\nrecipient = 'agency' # here",
                    ".recipient",
                    "no such recipient; known are none (the file says 'agency')",
                ),
            ]
        ],
        # keys written in TOML's other ways
        (
            "[retention.visit]\ndays = 90\npurposes",
            "[retention]\nvisit.days = 900 # here\nvisit.purposes",
            "retention.visit.days",
            "Expected `int` <= 760 (the file says 900)",
        ),
        (
            "[retention.visit]\ndays = 90",
            "[ retention . visit ]\ndays = 900 # here",
            "retention.visit.days",
            "Expected `int` <= 760 (the file says 900)",
        ),
        (
            "[retention.visit]\ndays = 90",
            "['retention'.\"visit\"]\n'days' = 900 # here",
            "retention.visit.days",
            "Expected `int` <= 760 (the file says 900)",
        ),
        (
            "[retention.visit]\ndays = 90",
            "[ 'retention' . visit ]\nweeks = 9 # here\ndays = 90",
            "retention.visit.weeks",
            "no such key; allowed here are days, purposes (the file says 9)",
        ),
        # contradictions
        (
            'default_entity = "aurora-com"',
            'default_entity = "aurora-fr" # here',
            "default_entity",
            "no entity has this id; known are aurora-com, aurora-de, aurora-jp (the file says 'aurora-fr')",
        ),
        (
            'id = "aurora-jp"',
            'id = "aurora-com" # here',
            "entities[2].id",
            "'aurora-com' is taken already, by 'aurora-com' (the file says 'aurora-com')",
        ),
        (
            'hosts = ["jp.aurora.example"]',
            'hosts = ["de.aurora.example"] # here',
            "entities[2].hosts",
            "'de.aurora.example' is taken already, by 'aurora-de' (the file says ['de.aurora.example'])",
        ),
        (
            'hosts = ["jp.aurora.example"]',
            'hosts = ["jp.example", "jp.example"] # here',
            "entities[2].hosts",
            "'jp.example' is taken already, by 'aurora-jp' (the file says ['jp.example', 'jp.example'])",
        ),
        (
            'countries = ["US", "CA", "MX"]',
            'countries = ["US", "US"] # here',
            "entities[0].countries",
            "'US' is taken already, by 'aurora-com' (the file says ['US', 'US'])",
        ),
        (
            'countries = ["AU", "ID", "IN", "JP", "KR", "MY", "NZ", "PH", "SG", "TH", "TW", "VN"]',
            'countries = ["JP", "DE"] # here',
            "entities[2].countries",
            "'DE' is taken already, by 'aurora-de' (the file says ['JP', 'DE'])",
        ),
        (
            'countries = ["US", "CA", "MX"]',
            'countries = ["US", "UK"] # here',
            "entities[0].countries",
            "'UK' is no ISO 3166-1 code, such as DE or GB (the file says ['US', 'UK'])",
        ),
        (
            'countries = ["US", "CA", "MX"]',
            'countries = ["us"] # here',
            "entities[0].countries",
            "'us' is no ISO 3166-1 code, such as DE or GB (the file says ['us'])",
        ),
        (
            'header = "x-forwarded-for" ',
            'header = "cf-connecting-ip"\nhops = 2 # here\n#',
            "proxies.hops",
            "cf-connecting-ip holds one address: name the networks in proxies.trusted (the file says 2)",
        ),
        (
            'trusted = ["127.0.0.1", "::1"] ',
            "hops = 2 # here\n#",
            "proxies.hops",
            (
                "a hop count alone believes any peer: name the proxies in proxies.trusted too, or say"
                " only_way_in = true if nobody can reach the app except through them (the file says 2)"
            ),
        ),
        (
            'purposes = ["marketing_analytics", "right_website", "anonymous_statistics"]',
            'purposes = ["right_website", "advertising"] # here',
            "retention.visit.purposes[1]",
            f"no such purpose; known are {ALL_PURPOSES} (the file says 'advertising')",
        ),
    ],
)
def test_load_refuses(tmp_path: Path, old: str, new: str, key: str, problem: str) -> None:
    text = edited(old, new)
    error = refusal_of(text, tmp_path)
    line = line_to_blame(text)
    place = error.file if line is None else f"{error.file}:{line}"
    assert (error.line, error.key) == (line, key)
    assert str(error) == f"{place}: {key}: {problem}"


BOOKS = """
[log]
directory = "book"
archive = "{archive}"
[[log.books]]
of = "us"
directory = "{directory}" {blamed}
archive = "{other}" {also}
"""


@pytest.mark.parametrize("written", ["{folder}/book", "../{name}/book", "link", "loop/book", "{folder}/link/../book"])
def test_load_refuses_one_folder_that_is_written_in_two_ways(tmp_path: Path, written: str) -> None:
    (tmp_path / "link").symlink_to("book")
    (tmp_path / "loop").symlink_to(".")
    directory = written.format(folder=tmp_path, name=tmp_path.name)
    text = SMALLEST + BOOKS.format(archive="s3://one", directory=directory, other="s3://two", blamed="# here", also="")
    error = refusal_of(text, tmp_path)
    assert (error.line, error.key) == (line_to_blame(text), "log.books[0].directory")
    assert "is the same folder as book, written in another way: write it as there (the file says '" in str(error)


@pytest.mark.parametrize("written", ["{folder}/book/us", "link/us", "{folder}"])
def test_load_refuses_a_book_in_another_however_it_is_written(tmp_path: Path, written: str) -> None:
    (tmp_path / "link").symlink_to("book")
    directory = written.format(folder=tmp_path)
    text = SMALLEST + BOOKS.format(archive="s3://one", directory=directory, other="s3://two", blamed="# here", also="")
    error = refusal_of(text, tmp_path)
    assert (error.line, error.key) == (line_to_blame(text), "log.books[0].directory")
    assert "one book cannot lie inside another, here book" in str(error)


def test_load_takes_links_in_books_folders_that_lead_apart(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("elsewhere")
    path = tmp_path / "frontdesk.toml"
    path.write_text(SMALLEST + BOOKS.format(archive="s3://a", directory="link", other="s3://b", blamed="", also=""))
    assert load(path).directories() == [tmp_path / "book", tmp_path / "link"]


def test_load_refuses_one_archive_on_disk_that_is_written_in_two_ways(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "link").symlink_to("store")
    one, two = f"file://{tmp_path}/store", f"file://{tmp_path}/link/us/"
    text = SMALLEST + BOOKS.format(archive=one, directory="us", other=two, blamed="", also="# here")
    error = refusal_of(text, tmp_path)
    assert (error.line, error.key) == (line_to_blame(text), "log.books[0].archive")
    assert "is the archive of another book, or lies inside it: give each a place of its own" in str(error)


def test_load_shows_only_the_start_of_a_long_value(tmp_path: Path) -> None:
    error = refusal_of(edited('version = "2026-11-01"', f'version = "{"x" * 500}"'), tmp_path)
    assert str(error).endswith(
        f": version: expected 1 to 64 letters, digits, spaces or any of . : + - _ (the file says '{'x' * 78}…)"
    )


def test_load_names_the_nearest_line_for_a_key_inside_an_inline_table(tmp_path: Path) -> None:
    text = SMALLEST.replace("[[", "proxies = { hops = 2 } # here\n[[")
    error = refusal_of(text, tmp_path)
    assert (error.line, error.key) == (line_to_blame(text), "proxies.hops")


def test_load_counts_lines_as_editors_do(tmp_path: Path) -> None:
    text = "# a line\u2028separator, a next\x85line\n" + edited("days = 90", "days = 0 # here")
    assert refusal_of(text, tmp_path).line == line_to_blame(text)


def test_load_refuses_a_key_with_a_line_break_in_one_line(tmp_path: Path) -> None:
    error = refusal_of('"a\\nb`c" = 1\n' + EXAMPLE_TEXT, tmp_path)
    assert error.key == r"'a\nb`c'"


def test_load_refuses_a_purpose_that_may_not_use_system_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Today every purpose may; the policy's next one may be the first that may not.
    monkeypatch.setattr(contradictions, "PURPOSES", {**PURPOSES, "weather": Purpose("contract", frozenset())})
    text = edited('purposes = ["marketing_analytics", ', 'purposes = ["weather", ')
    error = refusal_of(text, tmp_path)
    assert error.key == "retention.visit.purposes[0]"
    assert f"may not use System Data; those that may are {ALL_PURPOSES}" in str(error)
    assert "(the file says 'weather')" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        edited("days = 90", "days 90 # here"),
        edited("days = 90", "days = 1\ndays = 2 # here"),
        edited("days = 90", "days = 2026-13-45 # here"),
        edited("days = 90", "days = # here"),
        "<html> # here",
        "version = '1'\0 # here",
        # tomllib does not tell the line of these
        edited("days = 90", f"days = {'1' * 5_000}"),
        edited("days = 90", f"days = {'[' * 50_000}"),
    ],
    ids=["no =", "twice", "no such day", "no value", "HTML", "NUL", "long number", "deep brackets"],
)
def test_load_refuses_what_is_not_toml(tmp_path: Path, text: str) -> None:
    error = refusal_of(text, tmp_path)
    assert (error.line, error.key) == (line_to_blame(text), "")
    assert ": not TOML: " in str(error)


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n"])
def test_load_refuses_a_file_that_says_nothing(tmp_path: Path, text: str) -> None:
    error = refusal_of(text, tmp_path)
    assert str(error) == f"{error.file}: version: is missing"


def test_load_refuses_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_bytes(b"# caf\xe9\n" + EXAMPLE.read_bytes())
    assert str(refusal(path)) == f"{path}: is not UTF-8 at byte 5"


def test_load_refuses_a_file_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    assert str(refusal(path)) == f"{path}: cannot be read: No such file or directory"


def test_load_refuses_a_directory(tmp_path: Path) -> None:
    assert str(refusal(tmp_path)) == f"{tmp_path}: cannot be read: Is a directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_load_refuses_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.touch(mode=0)
    assert str(refusal(path)) == f"{path}: cannot be read: Permission denied"


def test_load_reads_a_file_of_one_mebibyte_and_refuses_a_larger_one(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    text = SMALLEST.encode()
    path.write_bytes(text + b"#" * (2**20 - len(text)))
    assert load(path).version == "1"
    path.write_bytes(text + b"#" * (2**20 - len(text) + 1))
    assert str(refusal(path)) == f"{path}: is larger than 1 MiB; is this a policy?"


def test_load_takes_relative_paths_from_the_folder_of_the_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "frontdesk.toml").write_text(
        SMALLEST + "[log]\ndirectory = '../book'\n[database]\nfile = 'networks.mmdb'\n"
    )
    monkeypatch.chdir(tmp_path)
    policy = load("etc/frontdesk.toml")
    assert policy.log.directory == Path("etc/../book")
    assert policy.database.file == Path("etc/networks.mmdb")


def test_load_leaves_absolute_paths_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    database = "[database]\nfile = '/srv/networks.mmdb'\ncountry = 'majority'\n"
    path.write_text(SMALLEST + "[log]\ndirectory = '/var/book'\n" + database)
    policy = load(path)
    assert (policy.log.directory, policy.database.file) == (Path("/var/book"), Path("/srv/networks.mmdb"))
    assert policy.database.country == "majority"


def test_policy_cannot_be_changed() -> None:
    policy = load(EXAMPLE)
    visit = policy.retention.visit
    parts = [
        policy.proxies,
        policy.signals,
        policy.cookies,
        policy.retention,
        visit,
        policy.log,
        policy.database,
    ]
    for part in (policy, *policy.entities, *parts):
        with pytest.raises(AttributeError):
            setattr(part, part.__struct_fields__[0], "changed")
    assert isinstance(hash(policy), int)


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_load_answers_any_edit_with_a_policy_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(EXAMPLE_TEXT)))
    end = data.draw(st.integers(start, min(start + 60, len(EXAMPLE_TEXT))))
    inserted = data.draw(st.text("[]{}\"'=.,#\n\r\t\\`$ aβ0-", max_size=12))
    path = tmp_path_factory.getbasetemp() / "frontdesk.toml"
    path.write_text(EXAMPLE_TEXT[:start] + inserted + EXAMPLE_TEXT[end:], "utf-8")
    try:
        load(path)
        message = "loaded"
    except PolicyError as error:
        message = str(error)
    assert message.isprintable()


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "::ffff:0:0/96"])
def test_load_refuses_to_trust_everybody(tmp_path: Path, network: str) -> None:
    error = refusal_of(edited('trusted = ["127.0.0.1", "::1"]', f'trusted = ["127.0.0.1", "{network}"]'), tmp_path)
    assert error.key == "proxies.trusted[1]"
    assert "this trusts everybody" in str(error)
    assert network in str(error)


ANALYSTS = """
[page]
hosts = ["reports.aurora.example"]
user_header = "x-forwarded-user"
trusted = ["10.0.0.5"]

[[analysts]]
name = "marketing"
purposes = ["marketing_analytics", "anonymous_statistics"]
token = { file = "marketing.token" }
users = ["anna@aurora.example"]
"""


def test_load_accepts_analysts_and_takes_their_tokens_from_the_policys_folder(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.toml"
    path.write_text(EXAMPLE_TEXT + ANALYSTS)
    policy = load(path)
    (analyst,) = policy.analysts
    assert (analyst.name, analyst.token) == ("marketing", Secret(file=tmp_path / "marketing.token"))
    assert (policy.page.hosts, policy.page.idle_minutes) == (("reports.aurora.example",), 30)


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('"marketing_analytics", "a', '"marketing", "a', "analysts[0].purposes[0]", "no such purpose; known are"),
        (
            '"marketing_analytics", "a',
            '"alerts", "a',
            "analysts[0].purposes[0]",
            "no reports are made for this purpose; they are for relationship_management, marketing_analytics",
        ),
        (
            '"marketing_analytics", "a',
            '"development", "a',
            "analysts[0].purposes[0]",
            "visits are not kept for this purpose, but for marketing_analytics, right_website, anonymous_statistics",
        ),
        ('{ file = "marketing.token" }', "'s3cret-that-nobody-may-see'", "analysts[0].token", KEPT),
        ('name = "marketing"', 'name = "Marketing"', "analysts[0].name", "expected 1 to 63 lower-case letters"),
        (
            '["anna@aurora.example"]',
            '["an na"]',
            "analysts[0].users[0]",
            "expected a user's name as the proxy gives it",
        ),
        ('user_header = "x-forwarded-user"\n', "", "analysts[0].users", "needs page.user_header"),
        ('trusted = ["10.0.0.5"]\n', "", "page.user_header", "needs page.trusted"),
        ('trusted = ["10.0.0.5"]', 'trusted = ["0.0.0.0/0"]', "page.trusted[0]", "this trusts everybody"),
        ('"x-forwarded-user"', '"cookie"', "page.user_header", "is a header that anybody can send"),
        ("[page]", "[page]\nidle_minutes = 0", "page.idle_minutes", "Expected `int` >= 1"),
        ("[page]", "[page]\nport = 80", "page.port", "no such key; allowed here are hosts, user_header, trusted"),
        (
            'token = { file = "marketing.token" }\nusers = ["anna@aurora.example"]',
            "",
            "analysts[0]",
            "nobody can be known as this",
        ),
        ("[[analysts]]", ANALYSTS[ANALYSTS.index("[[") :] + "[[analysts]]", "analysts[1].name", "is taken already"),
    ],
)
def test_load_refuses_analysts_that_nobody_could_be_or_everybody(
    tmp_path: Path, old: str, new: str, key: str, problem: str
) -> None:
    assert ANALYSTS.count(old) == 1
    refused = refusal_of(EXAMPLE_TEXT + ANALYSTS.replace(old, new), tmp_path)
    assert refused.key == key
    assert problem in str(refused)
    assert "s3cret" not in str(refused)
