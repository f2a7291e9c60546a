"""Telling people from organisations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.enrich.person import is_person


@pytest.mark.parametrize(
    ("name", "person", "sure"),
    [
        # proof: a trade name, an entrepreneur's mark, a patronymic, a title
        ("Rick Bakker trading as Bakker IT", True, True),
        ("Julien CHEVALIER t/a Example", True, True),
        ("Hohl IT e.U.", True, True),
        ("Christian Brenner trading as monowi e.K.", True, True),
        ("Individual entrepreneur Noroshkin Vladimir", True, True),
        ("IP Ivanov Ivan", True, True),
        ("ИП Иванов Иван", True, True),
        ("FOP Sydorenko Serhii", True, True),
        ("PE Sontheimer Bernd", True, True),
        ("Krapivnoy Eduard Vasilievich", True, True),
        ("Mr Example Exampleton", True, True),
        # a shape: a given name among two to five words
        ("Jens Andersen", True, False),
        ("Sontheimer Bernd", True, False),
        ("Leon-Alexander Bernhardt", True, False),
        ("AS64500 - MARIA DA SILVA", True, False),
        ("JOSE LUIS PEREZ (FASTNET)", True, False),
        # no person
        ("Example Ltd trading as Jens Andersen", False, False),
        ("Robert Bosch GmbH", False, False),
        ("Morgan Stanley", False, False),
        ("Red Hat", False, False),
        ("Karl Franzens University", False, False),
        ("Robert-Bosch-Krankenhaus", False, False),
        ("Universidad Autonoma de Nuevo Leon", False, False),
        ("Thomas Jefferson University Hospitals, Inc.", False, False),
        ("IP Networks", False, False),
        ("Martin", False, False),
        ("Daniel 24", False, False),
        ("", False, False),
    ],
)
def test_people_and_organisations_are_told_apart(name: str, person: bool, sure: bool) -> None:
    assert (is_person(name), is_person(name, sure=True)) == (person, sure)


@given(st.text(max_size=80))
def test_proof_is_never_less_than_a_shape(name: str) -> None:
    assert is_person(name) >= is_person(name, sure=True)
