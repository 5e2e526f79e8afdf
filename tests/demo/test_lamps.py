"""Street lights that are made up, for whoever tries the demonstration; `test_demo` has them from its first test on."""

import pytest

from kentongan import places
from kentongan.demo import lamps
from kentongan.places.models import Asset


@pytest.mark.django_db
def test_the_made_up_lamps_come_once_and_go_and_an_operators_stay():
    assert lamps.load() > 100
    assert lamps.load() == 0
    assert places.nearest_assets("street_light", 106.8325, -6.1958)[0].name == "Lampu Menteng"
    Asset.objects.filter(own_id="CONTOH-0001").update(own_id="PJU-1")
    lamps.remove()
    assert places.asset_layers() == {"street_light": 1}
