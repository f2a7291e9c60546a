"""Each format that is known, with one small file of it that says one thing of both families."""

from typing import NamedTuple

from frontdesk.geodb import Holder
from frontdesk.geodb.sources import Facts

from .files import AS, COUNTRY, V4, V6, bin_of, mmdb, network_csv, number_csv, text_csv, vendor


class Format(NamedTuple):
    """A file, and what it says; the length of a holder's prefix is that of each network."""

    content: bytes
    fields: set[str]
    facts: Facts
    licence: str = "not known to frontdesk"


AS_KEYS = {"autonomous_system_number": AS.as_number, "autonomous_system_organization": AS.as_name}
COUNTRY_FIELDS, AS_FIELDS = {"country"}, {"as_number", "as_name"}
BUSINESS = Facts(type="business", holder=vendor("Acme", "acme.example"))
CITY = '"Île-de-France",,Paris,75001,48.85,2.35,Europe/Paris'
RPSL = b"""% a comment

person:         Jean Exemple
address:        Paris
nic-hdl:        JE1-RIPE
source:         RIPE

inetnum:        5.0.0.0 - 5.0.0.255
netname:        ACME-NET
descr:          Customer network
country:        FR
org:            ORG-ACME1-RIPE
status:         ASSIGNED PA
source:         RIPE

organisation:   ORG-ACME1-RIPE
org-name:       Acme
org-type:       OTHER
source:         RIPE

inet6num:       2a00::/32
netname:        ACME-NET6
country:        FR
org:            ORG-ACME1-RIPE
status:         ALLOCATED-BY-RIR
source:         RIPE
"""
OWN_HOLDER = Holder("Acme", "own_list", 0, "acme.example", "A-17")
OWN = Facts(type="business", holder=OWN_HOLDER)
OWN_FIELDS = {"type", "holder"}
PRIVACY = "hosting,proxy,tor,relay,vpn,service"
COMPANY = "name,domain,type,asn,as_name,as_domain,as_type,country"

FORMATS = {
    "country CSV": Format(text_csv("FR"), COUNTRY_FIELDS, COUNTRY),
    "country CSV, quoted": Format(text_csv('"FR"'), COUNTRY_FIELDS, COUNTRY),
    "country CSV, Windows": Format(text_csv("FR").replace(b"\n", b"\r\n"), COUNTRY_FIELDS, COUNTRY),
    "country CSV, no last line end": Format(text_csv("FR").strip(), COUNTRY_FIELDS, COUNTRY),
    "country CSV, empty lines": Format(text_csv("FR").replace(b"\n", b"\n\n"), COUNTRY_FIELDS, COUNTRY),
    "country CSV, byte order mark": Format(b"\xef\xbb\xbf" + text_csv("FR"), COUNTRY_FIELDS, COUNTRY),
    "country CSV, numbers": Format(number_csv("FR"), COUNTRY_FIELDS, COUNTRY),
    "AS CSV": Format(text_csv('64500,"Example, Inc."'), AS_FIELDS, AS),
    "AS CSV, numbers": Format(number_csv('64500,"Example, Inc."'), AS_FIELDS, AS),
    "city CSV": Format(text_csv(f"FR,{CITY}"), COUNTRY_FIELDS, COUNTRY),
    "city CSV, numbers": Format(number_csv(f"FR,{CITY}"), COUNTRY_FIELDS, COUNTRY),
    "MMDB, MaxMind's country": Format(mmdb({"country": {"iso_code": "FR"}}), COUNTRY_FIELDS, COUNTRY),
    "MMDB, GeoLite": Format(
        mmdb({"country": {"iso_code": "FR"}}, "GeoLite2-Country"), COUNTRY_FIELDS, COUNTRY, "GeoLite End User"
    ),
    "MMDB, ip-location-db's country": Format(mmdb({"country_code": "FR"}), COUNTRY_FIELDS, COUNTRY),
    "MMDB, ip-location-db's city": Format(
        mmdb({"country_code": "FR", "state1": "Île-de-France", "city": "Paris", "timezone": ""}),
        COUNTRY_FIELDS,
        COUNTRY,
    ),
    "MMDB, AS": Format(mmdb(AS_KEYS), AS_FIELDS, AS),
    "MMDB, AS as traits": Format(mmdb({"traits": AS_KEYS}), AS_FIELDS, AS),
    "MMDB, all": Format(
        mmdb({"country": {"iso_code": "FR"}, "subdivisions": [{"iso_code": "IDF"}], **AS_KEYS}),
        COUNTRY_FIELDS | AS_FIELDS | {"subdivision"},
        AS._replace(country="FR", subdivision="IDF"),
    ),
    "MMDB, MaxMind's ISP": Format(
        mmdb({**AS_KEYS, "isp": "Some ISP", "organization": "Acme"}, "GeoIP2-ISP"),
        AS_FIELDS | {"holder"},
        AS._replace(holder=vendor("Acme")),
        "MaxMind End User",
    ),
    "MMDB, MaxMind's anonymous": Format(
        mmdb({"is_anonymous": 1, "is_anonymous_vpn": 1}, "GeoIP2-Anonymous-IP"),
        {"type"},
        Facts(type="vpn"),
        "MaxMind End User",
    ),
    "MMDB, DB-IP": Format(
        mmdb({"country": {"iso_code": "FR"}}, "DBIP-Country-Lite"), COUNTRY_FIELDS, COUNTRY, "CC BY 4.0"
    ),
    "MMDB, IPinfo Lite": Format(
        mmdb(
            {
                "country": "France",
                "country_code": "FR",
                "asn": "AS64500",
                "as_name": AS.as_name,
                "as_domain": "x.example",
            },
            "ipinfo bundle_location_lite.mmdb",
        ),
        COUNTRY_FIELDS | AS_FIELDS,
        AS._replace(country="FR"),
        "CC BY-SA 4.0",
    ),
    "MMDB, IPinfo company": Format(
        mmdb(
            {"name": "Acme", "domain": "acme.example", "type": "business", "country": "US", "asn": "", "as_name": ""},
            "ipinfo standard_company.mmdb",
        ),
        {"type", "holder"},
        BUSINESS,
        "your contract with IPinfo",
    ),
    "MMDB, IPLocate's country": Format(
        mmdb({"continent_code": "EU", "country_code": "FR", "country_name": "France"}),
        COUNTRY_FIELDS,
        COUNTRY,
        "CC BY-SA 4.0",
    ),
    "MMDB, IPLocate's AS": Format(
        mmdb({"asn": 64_500, "country_code": "US", "name": "EXAMPLE-AS", "org": AS.as_name, "domain": "x.example"}),
        AS_FIELDS,
        AS,
        "CC BY-SA 4.0",
    ),
    "IPinfo Lite CSV": Format(
        network_csv(
            "country,country_code,continent,continent_code,asn,as_name,as_domain",
            'France,FR,Europe,EU,AS64500,"Example, Inc.",x.example',
        ),
        COUNTRY_FIELDS | AS_FIELDS,
        AS._replace(country="FR"),
        "CC BY-SA 4.0",
    ),
    "IPinfo CSV, older free": Format(
        b"start_ip,end_ip,country,country_name,continent,continent_name,asn,as_name,as_domain\n"
        + text_csv('FR,France,EU,Europe,AS64500,"Example, Inc.",x.example'),
        COUNTRY_FIELDS | AS_FIELDS,
        AS._replace(country="FR"),
        "CC BY-SA 4.0",
    ),
    "IPinfo company CSV": Format(
        b"start_ip,end_ip,join_key," + COMPANY.encode() + b"\n" + text_csv("5.0.0.0,Acme,acme.example,business,,,,,US"),
        {"type", "holder"},
        BUSINESS,
        "your contract with IPinfo",
    ),
    "IPinfo privacy CSV": Format(
        network_csv(PRIVACY, "true,false,false,false,true,"), {"type"}, Facts(type="vpn"), "your contract with IPinfo"
    ),
    "IPLocate's country CSV": Format(
        network_csv("continent_code,country_code,country_name", "EU,FR,France"), COUNTRY_FIELDS, COUNTRY, "CC BY-SA 4.0"
    ),
    "IPLocate's AS CSV": Format(
        network_csv("asn,country_code,name,org,domain", '64500,US,EXAMPLE-AS,"Example, Inc.",x.example'),
        AS_FIELDS,
        AS,
        "CC BY-SA 4.0",
    ),
    "DB-IP's city CSV": Format(text_csv("EU,FR,Île-de-France,Paris,48.85,2.35"), COUNTRY_FIELDS, COUNTRY, "CC BY 4.0"),
    "DB-IP's ISP CSV": Format(
        text_csv('EU,FR,"Some ISP",64500,corporate,fttx,"Acme"'),
        COUNTRY_FIELDS | {"as_number", "type", "holder"},
        Facts("FR", None, 64_500, None, "business", vendor("Acme")),
        "your contract with DB-IP",
    ),
    "IP2Location CSV": Format(
        b"".join(f'"{first}","{last}","FR","France"\n'.encode() for first, last in (V4, V6)),
        COUNTRY_FIELDS,
        COUNTRY,
        "CC BY-SA 4.0",
    ),
    "IP2Location BIN": Format(bin_of(1, ["FR"]), COUNTRY_FIELDS, COUNTRY, "CC BY-SA 4.0"),
    "iptoasn TSV": Format(
        text_csv("64500,FR,Example@ Inc.").replace(b",", b"\t").replace(b"@", b","),
        COUNTRY_FIELDS | AS_FIELDS,
        AS._replace(country="FR"),
        "PDDL",
    ),
    "iptoasn TSV, country": Format(text_csv("FR").replace(b",", b"\t"), COUNTRY_FIELDS, COUNTRY, "PDDL"),
    "RPSL": Format(RPSL, {"holder"}, Facts(holder=Holder("Acme", "registered", 0)), "RIPE Database Terms"),
    "list of a type": Format(b"# type: vpn\n5.0.0.0/24\n2a00::/32\n", {"type"}, Facts(type="vpn")),
    "list of the excluded": Format(
        b"# excluded\n5.0.0.0/24\n2a00::/32\n", {"excluded"}, Facts(excluded=True), "the group's own"
    ),
    "own list, CSV": Format(
        network_csv("organisation,domain,kind,account", "Acme,acme.example,business,A-17"),
        OWN_FIELDS,
        OWN,
        "the group's own",
    ),
    "own list, TOML": Format(
        b"".join(
            b'[[network]]\nnetwork = "%s"\norganisation = "Acme"\ndomain = "acme.example"\nkind = "business"\n'
            b'account = "A-17"\n' % network
            for network in (b"5.0.0.0/24", b"2a00::/32")
        ),
        OWN_FIELDS,
        OWN,
        "the group's own",
    ),
    "exclusions": Format(
        b'{"exclusions": [{"exclusion_type": "ccpa_do_not_sell", "data_type": "network", "value": "5.0.0.0/24",'
        b' "last_updated": "2026-01-08T18:58:38Z"}, {"data_type": "network", "value": "2a00::/32"}]}',
        {"excluded"},
        Facts(excluded=True),
        "MaxMind privacy exclusions",
    ),
}
"""By names for a person."""

BINARY = tuple(name for name in FORMATS if "MMDB" in name or "BIN" in name)
TEXT = tuple(name for name in FORMATS if name not in BINARY)
