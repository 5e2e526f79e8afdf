"""Bodies are found as people call them."""

import pytest

from kentongan import bodies, casework


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Satpol PP", "31.order"),
        ("satpol pp jakarta", "31.order"),
        ("PDAM", "31.water.supply"),
        ("Dishub Jakarta", "31.transport"),
        ("BPBD", "31.disaster"),
        ("Damkar", "31.fire"),
        ("PUPR", "id.pu"),
        ("DLH", "31.environment"),
        # A second look: these were not found.
        ("Satpol-PP", "31.order"),
        ("SATPOLPP", "31.order"),
        ("Sat Pol PP", "31.order"),
        ("Pol PP Prov. DKI", "31.order"),
        ("P.D.A.M.", "31.water.supply"),
        ("pdam jkt", "31.water.supply"),
        ("Perumda Air Minum", "31.water.supply"),
        ("Dis Hub", "31.transport"),
        ("B.P.J.T", "id.bpjt"),
        ("PT. KAI", "id.kai"),
        ("KemenPUPR", "id.pu"),
        ("Dinas Gulkarmat", "31.fire"),
        ("LH", "31.environment"),
        ("Dinas SDA", "31.water"),
        ("Distamhut", "31.parks"),
        ("Kemkomdigi", "id.komdigi"),
        ("PU Bina Marga", "31.roads"),
        ("Dinas PU", "31.roads"),
    ],
)
def test_a_body_is_found_by_its_abbreviation(world, written, code):
    assert code in [body.code for body in casework.find_bodies(written)]


def test_an_abbreviation_inside_a_word_means_nothing():
    assert bodies.spelled_out("Pamekasan") == ["pamekasan"]
    assert bodies.spelled_out("BPJT") == ["bpjt", "badan pengatur jalan tol"]
