"""Names people recognise: one key for every spelling, and never one key for two organisations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.enrich import name_of
from frontdesk.enrich.legal_forms import AFTER
from frontdesk.enrich.name import has_legal_form


@pytest.mark.parametrize(
    ("raw", "key", "display"),
    [
        ("Barclays Bank PLC", "barclays bank", "Barclays Bank"),
        ("Barclays Bank plc", "barclays bank", "Barclays Bank"),
        ("BARCLAYS BANK P.L.C.", "barclays bank", "Barclays Bank"),
        ("  Barclays   Bank,  P. L. C. ", "barclays bank", "Barclays Bank"),
        ("Banco Inversis S.A.", "banco inversis", "Banco Inversis"),
        ("Zahradnicke centrum Brabec, s.r.o.", "zahradnicke centrum brabec", "Zahradnicke centrum Brabec"),
        ("Raiffeisen Informatik GmbH & Co KG", "raiffeisen informatik", "Raiffeisen Informatik"),
        ("Telefonos del Noroeste, S.A. de C.V.", "telefonos del noroeste", "Telefonos del Noroeste"),
        ("Hyundai Department Store Co., Ltd.", "hyundai department store", "Hyundai Department Store"),
        ("Eurozet Sp. z o.o.", "eurozet", "Eurozet"),
        ("CESNET z.s.p.o.", "cesnet", "Cesnet"),
        ("AS&J Associates, Inc.", "as and j associates", "AS&J Associates"),
        ("The Aerospace Corporation", "aerospace", "The Aerospace Corporation"),
        ("The Hoyts Corporation Pty Ltd", "hoyts", "The Hoyts Corporation"),
        ("PT Sasa Inti", "sasa inti", "Sasa Inti"),
        ('UAB "Bite Lietuva"', "bite lietuva", "Bite Lietuva"),
        ('Closed Joint Stock Company "Monitor Electric"', "monitor electric", "Monitor Electric"),
        ("UNIVERSITÄT ZÜRICH", "universitat zurich", "Universität Zürich"),
        ("BANCO DO BRASIL S.A.", "banco do brasil", "Banco do Brasil"),
        ("L'OREAL S.A.", "loreal", "L'Oreal"),
        ("KPMG", "kpmg", "KPMG"),
        ("HP Inc.", "hp inc", "HP"),
        ("The Example Group Inc", "example group", "The Example Group"),
        ("AS64500 - Example SA", "example", "Example"),
        ("A.P. MOLLER - MAERSK A/S", "ap moller maersk", "A.P. Moller - Maersk"),
        ("Merck & Co., Inc.", "merck and co", "Merck & Co"),
        ("Limited", "limited", "Limited"),
        ("", "", ""),
        ("---", "---", "---"),
    ],
)
def test_a_name_has_a_key_and_is_shown_without_its_form(raw: str, key: str, display: str) -> None:
    assert name_of(raw) == (key, display)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Barclays Bank PLC", "Barclays Bank Ireland PLC"),
        ("Barclays Bank PLC", "Barclays PLC"),
        ("Siemens AG", "Siemens Energy AG"),
        ("Toyota Motor Corporation", "Toyota Motor Europe SA"),
        ("Merck KGaA", "Merck & Co., Inc."),
        ("ATD LLC", "ATD Inc"),
        ("University of Example", "Example University"),
        ("Bank of America", "Bank of the Americas"),
        ("Example 1 Ltd", "Example 2 Ltd"),
        ("First Bank", "First National Bank"),
        ("Example Holding AG", "Example AG"),
        ("Example (UK) Ltd", "Example (US) Ltd"),
    ],
)
def test_two_organisations_never_share_a_key(one: str, other: str) -> None:
    assert name_of(one).key != name_of(other).key


WORDS = st.lists(
    st.sampled_from(["Aurora", "Über", "Café", "Nord", "Bank", "Énergie", "Łódź", "Steel"]), min_size=2, max_size=4
)


@given(WORDS, st.sampled_from(["PLC", "P.L.C.", "GmbH", "S.A.", "Inc.", "s.r.o.", "Oyj", "Sdn Bhd", "Sp. z o.o.", ""]))
def test_case_space_and_form_do_not_change_a_key(words: list[str], form: str) -> None:
    key = name_of(" ".join(words)).key
    assert name_of(f"{' '.join(words)} {form}".strip()).key == key
    assert name_of(f"{' '.join(words).upper()}, {form}").key == key
    assert name_of(f"  {'  '.join(words)}  {form.lower()} ").key == key


@given(WORDS, WORDS)
def test_different_words_give_different_keys(one: list[str], other: list[str]) -> None:
    same = name_of(" ".join(one)).key == name_of(" ".join(other)).key
    assert same == (one == other)


@given(st.text(max_size=80))
def test_every_name_has_a_key_and_a_display(raw: str) -> None:
    key, display = name_of(raw)
    assert bool(display) == bool(raw.split())
    assert name_of(raw) == (key, display)
    assert "\n" not in display


@pytest.mark.parametrize("form", sorted(AFTER))
def test_every_legal_form_is_taken_away(form: tuple[str, ...]) -> None:
    assert name_of(f"Aurora Nordlicht {' '.join(form)}").key == "aurora nordlicht"


@pytest.mark.parametrize(
    ("name", "expected"), [("Example Ltd", True), ("Example", False), ("OOO Example", True), ("Ltd", False)]
)
def test_a_legal_form_is_seen(name: str, expected: bool) -> None:
    assert has_legal_form(name) == expected
