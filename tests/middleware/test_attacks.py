"""Attempts against routing, each refused: open redirects, injected headers, hosts, poisoned caches, cookies."""

import pytest

from .sites import AMERICAN, COOKIE, GERMAN, SWISS, MakeSite

OURS = ("https://www.example.com/", "https://www.example.de/")


@pytest.mark.parametrize(
    "value",
    [
        "evil.example",
        "https://evil.example",
        "//evil.example",
        "de@evil.example",
        "de.evil.example",
        "de%00",
        "de%0d%0alocation:%20https://evil.example",
        "DE",
        " de",
        "de&region=com",
        "~~de",
        "%7Ede%20",
        "../de",
        "de" * 5000,
    ],
)
def test_an_open_redirect_is_refused_whatever_the_query_says(value: str, site: MakeSite) -> None:
    told = site("redirect_with_consent").get(f"/?region={value}")
    assert (told.status, told.location, told.cookie) == (200, None, None)


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "/\\evil.example", "/%2F%2Fevil.example", "/products/%5Cevil", "/products/a;x", "/@evil"],
)
def test_an_open_redirect_is_refused_whatever_the_path_says(path: str, site: MakeSite) -> None:
    told = site().get(f"{path}?region=de")
    assert told.location in {None, "https://www.example.de/?region=de"}


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"x_forwarded_host": "evil.example"},
        {"forwarded": "host=evil.example"},
        {"host": "www.example.com@evil.example"},
        {"host": "www.example.com.evil.example"},
        {"x_original_url": "https://evil.example/", "x_rewrite_url": "https://evil.example/"},
    ],
)
def test_no_host_of_a_stranger_s_ever_stands_in_an_answer(headers: dict[str, str], site: MakeSite) -> None:
    for path in ("/", "/?region=de"):
        told = site("redirect").get(path, address=SWISS, **headers)
        assert "evil" not in (told.location or "") + told.headers.get("link", "") + told.text
        assert told.location is None or told.location.startswith(OURS)


@pytest.mark.parametrize(
    "path",
    ["/products/a%0d%0aset-cookie:%20x=1", "/products/a%0aX:1", "/products/%C2%85x", "/products/%E2%80%A8"],
)
def test_no_header_can_be_injected_by_a_path(path: str, site: MakeSite) -> None:
    told = site().get(f"{path}?region=de")
    assert told.location == "https://www.example.de/?region=de"
    assert "x" not in told.headers
    assert (told.cookie or "").startswith(f"{COOKIE}=de;")


def test_no_answer_that_differs_by_place_can_poison_a_cache(site: MakeSite) -> None:
    sites = site("redirect")
    for address in (GERMAN, AMERICAN, SWISS):
        for path in ("/", "/?region=de", "/plain", "/entity"):
            assert sites.get(path, address=address).cache == "private, no-store"


@pytest.mark.parametrize(
    "cookies",
    [
        f"{COOKIE}=de; {COOKIE}=com",  # tossed in from a neighbour
        f"{COOKIE}=evil.example",
        f"{COOKIE}=",
        f"{COOKIE}=de%00",
        f'{COOKIE}="de"',
        f"x{COOKIE}=de",
        f"{COOKIE}x=de",
        f"{COOKIE} =de",
        "x=" + "y" * 20_000 + f"; {COOKIE}=d",
    ],
)
def test_a_cookie_that_is_tossed_in_or_bent_is_ignored(cookies: str, site: MakeSite) -> None:
    told = site("redirect_with_consent").get(address=AMERICAN, cookies=cookies)
    assert (told.status, told.location) == (200, None)


def test_a_form_or_a_script_changes_no_choice(site: MakeSite) -> None:
    for headers in (
        {"method": "POST"},
        {"sec_fetch_mode": "cors"},
        {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"},
        {"sec_purpose": "prefetch"},
    ):
        told = site().get("/?region=com", **headers)
        assert (told.status, told.cookie) == (200, None)


def test_what_crosses_between_companies_holds_nothing_of_the_visitor(site: MakeSite) -> None:
    told = site("redirect_with_consent").get(
        "/products/arc?session=secret&gclid=42", cookie="de", referer="https://mail.example/secret"
    )
    assert told.location == "https://www.example.de/produkte/arc?region=de"
    assert told.cookie is None
