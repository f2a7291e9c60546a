"""What a user agent says of a machine: real crawlers, monitors and clients, and the browsers that are never marked."""

import re
from pathlib import Path

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.systemdata import crawlers
from frontdesk.systemdata.minimise import MACHINES, agent_family

WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36"
)
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
WEBVIEW = (
    "Mozilla/5.0 (Linux; Android 15; SM-S931B Build/AP3A.240905.015.A2; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/148.0.7000.50 Mobile Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
EVERGREEN = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible;"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        f"{EVERGREEN} Googlebot/2.1; +http://www.google.com/bot.html) Chrome/148.0.0.0 Safari/537.36",
        f"{EVERGREEN} bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/148.0.0.0 Safari/537.36",
        "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
        "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/148.0.0.0 Safari/537.36",
        "WhatsApp/2.25.30.75 A",
        "ELB-HealthChecker/2.0",
        "kube-probe/1.33",
        "Mozilla/5.0 (compatible; SomethingNewBot/0.1)",
        "notes-of-mine/1.0 (+https://notes.example/about)",
    ],
)
def test_a_crawler_or_monitor_is_a_bot(user_agent: str) -> None:
    assert crawlers.machine(user_agent) == "bot"


@pytest.mark.parametrize(
    "user_agent",
    [
        "curl/8.16.0",
        "Wget/1.25.0",
        "python-requests/2.32.5",
        "python-httpx/0.28.1",
        "Python/3.14 aiohttp/3.13.2",
        "Python-urllib/3.14",
        "Go-http-client/2.0",
        "Java/21.0.2",
        "okhttp/5.1.0",
        "node",
        "axios/1.12.2",
    ],
)
def test_a_client_of_scripts_is_a_script(user_agent: str) -> None:
    assert crawlers.machine(user_agent) == "script"


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        (WINDOWS, "Chrome"),
        (f"{WINDOWS} Edg/148.0.0.0", "Edge"),
        (f"{WINDOWS} OPR/125.0.0.0", "Opera"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:151.0) Gecko/20100101 Firefox/151.0", "Firefox"),
        (f"{MAC} Version/26.0 Safari/605.1.15", "Safari"),
        (f"{IPHONE} Version/26.0 Mobile/15E148 Safari/604.1", "Safari"),
        (f"{IPHONE} CriOS/148.0.7000.50 Mobile/15E148 Safari/604.1", "Chrome"),
        (f"{ANDROID} Chrome/148.0.0.0 Mobile Safari/537.36", "Chrome"),
        (f"{ANDROID} SamsungBrowser/29.0 Chrome/138.0.0.0 Mobile Safari/537.36", "Samsung Internet"),
        # An app's own browser, at the hands of a person, whatever the app.
        (f"{WEBVIEW} [FB_IAB/FB4A;FBAV/540.0.0.50.77;]", "Chrome"),
        (f"{WEBVIEW} Instagram 400.0.0.28.104 Android (35/15; 450dpi; 1080x2340; samsung; SM-S931B)", "Chrome"),
        (f"{WEBVIEW} WhatsApp/2.25.30", "Chrome"),
        (f"{WEBVIEW} Viber/26.1", "Chrome"),
        (f"{WEBVIEW} [Pinterest/Android]", "Chrome"),
        (f"{WEBVIEW} SogouMobileBrowser/6.2", "Chrome"),
        (f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/540.0;FBDV/iPhone17,1;FBSN/iOS]", "other"),
        (f"{WINDOWS} Code/1.115.0 Electron/39.8.5", "Chrome"),
        ("Mozilla/5.0 (Linux; Android 13; CUBOT P80) Chrome/148.0.0.0 Mobile Safari/537.36", "Chrome"),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; SLCC2)", "Internet Explorer"),
        ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; rv:11.0) like Gecko", "Internet Explorer"),
        ("Aurora/3.1 CFNetwork/3860 Darwin/25.1.0", "other"),
    ],
)
def test_a_browser_of_people_is_no_machine(user_agent: str, family: str) -> None:
    assert agent_family(user_agent.encode()) == family


def test_what_the_list_has_seen_is_recognised() -> None:
    """Each user agent that the list gives as an instance, but those of two editors' own browsers."""
    seen = {instance for entry in CRAWLER_USER_AGENTS_DATA for instance in entry["instances"]}
    missed = {each for each in seen if crawlers.machine(each) is None}
    assert len(seen) > 1_000
    assert {re.sub(r".*(Code|Trae)/.*", r"\1", each) for each in missed} <= {"Code", "Trae"}


@given(st.binary(max_size=1024))
def test_any_bytes_have_a_family(user_agent: bytes) -> None:
    assert agent_family(user_agent) == agent_family(user_agent[:512])


@given(st.text(st.characters(max_codepoint=255)), st.sampled_from(["Googlebot", "GPTBot", "UptimeRobot", "; +https:"]))
def test_a_name_from_the_list_is_found_wherever_it_stands(text: str, name: str) -> None:
    assert crawlers.machine(f"{text} {name}/2.1") in MACHINES


def test_in_a_real_log_no_plain_browser_is_marked(shared: Path) -> None:
    plain = re.compile(
        r"Mozilla/5\.0 \((?:Windows NT|Macintosh|X11; Linux|iPhone|iPad)[^()]*\)"
        r"(?: Gecko/\d+ Firefox/[\d.]+"
        r"| AppleWebKit/[\d.]+ \(KHTML, like Gecko\)(?: (?:Chrome|Version|Mobile|Safari)/[\w.]+)+)"
    )
    lines = (shared / "apache_combined.log").read_text("latin-1").splitlines()
    agents = [line.rsplit('"', 2)[1] for line in lines]
    families = [(agent, agent_family(agent.encode("latin-1"))) for agent in agents]
    marked = [agent for agent, family in families if family in MACHINES]
    assert not [agent for agent in marked if plain.fullmatch(agent)]
    assert sum(plain.fullmatch(agent) is not None for agent in agents) > 1_500
    # Counted by hand among the 355 agents of this log: crawlers and readers of feeds are some 29 of 100 visits.
    assert 0.27 < len(marked) / len(agents) < 0.31
