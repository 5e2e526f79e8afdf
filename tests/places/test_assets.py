"""Street lights, bus stops, trees: what an operator's file becomes, and what each wrong row is told.

After public reports of what befell others: leading zeros that a spreadsheet took (pagermon#440), the same id twice
(odk-x/tool-suite-X#14), an empty list that ended everything (mysociety/fixmystreet), records that only ever came
(pelias/csv-importer#55).
"""

import gzip
import json
import threading
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.places.assets import assets_typed, begun, cell
from kentongan.places.inventory import load_assets
from kentongan.places.inventory_files import Columns
from kentongan.places.models import Asset

pytestmark = pytest.mark.django_db
HERE = (106.8272, -6.1754)
BY_ID = Columns()
UTM = {"type": "name", "properties": {"name": "EPSG:32748"}}


@pytest.fixture
def bring(tmp_path):
    """Loads rows (text of a CSV below its header, bytes of any file, or features) as things of a layer."""

    def loaded(rows, name="lamps.csv", header="id,name,lon,lat", layer="street_light", columns=BY_ID, **how):
        path = tmp_path / name
        if isinstance(rows, bytes):
            path.write_bytes(rows)
        elif isinstance(rows, list):
            path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
        else:
            path.write_text(f"{header}\n{rows}\n")
        return load_assets([path], layer, columns, **how)

    return loaded


def feature(own_id, lon=106.8272, lat=-6.1754, kind="Point", **fields):
    at = [lon, lat] if kind == "Point" else [[lon, lat], [lon + 0.001, lat]]
    return {
        "type": "Feature", "properties": {"id": own_id} | fields, "geometry": {"type": kind, "coordinates": at},
    }  # fmt: skip


@contextmanager
def refused(why):
    with pytest.raises(Problem) as told:
        yield
    assert why in str(told.value.detail)


def ids(layer="street_light"):
    return sorted(Asset.objects.filter(layer=layer, ended_at=None).values_list("own_id", flat=True))


def test_things_come_with_their_names_and_the_nearest_is_first(bring):
    taken = bring("PJU-1,Lampu satu,106.8272,-6.1754\nPJU-2,,106.8275,-6.1754\nPJU-9,jauh,106.9,-6.2")
    assert (taken.new, taken.faults) == (3, [])
    found = places.nearest_assets("street_light", 106.82745, -6.1754)
    assert [(one.id, one.label) for one in found] == [("PJU-2", "PJU-2"), ("PJU-1", "Lampu satu (PJU-1)")]
    assert 5 < found[0].distance < 6
    assert places.nearest_assets("tree", *HERE) == []


def test_a_later_file_changes_ends_and_brings_back_and_keeps_what_is_gone(bring):
    bring("1,a,106.8272,-6.1754\n2,b,106.8273,-6.1754\n3,c,106.8274,-6.1754")
    taken = bring("1,a,106.8272,-6.1754\n2,B,106.8280,-6.1754\n4,d,106.8275,-6.1754")
    assert (taken.new, taken.changed, taken.same, taken.ended, taken.back) == (1, 1, 1, 1, 0)
    assert ids() == ["1", "2", "4"]
    gone = places.asset("street_light", "3")
    assert gone.ended
    assert gone.name == "c"
    assert places.asset("street_light", "2").name == "B"
    assert bring("1,a,106.8272,-6.1754\n2,B,106.8280,-6.1754\n3,c,106.8274,-6.1754\n4,d,106.8275,-6.1754").back == 1
    assert not places.asset("street_light", "3").ended
    again = bring("1,a,106.8272,-6.1754\n2,B,106.8280,-6.1754\n3,c,106.8274,-6.1754\n4,d,106.8275,-6.1754")
    assert (again.same, again.new, again.changed, again.back, again.ended) == (4, 0, 0, 0, 0)


def test_layers_do_not_touch_each_other(bring):
    bring("1,a,106.8272,-6.1754")
    bring("1,tree,106.8272,-6.1754", layer="tree")
    assert places.asset("tree", "1").name == "tree"
    assert places.asset("street_light", "1").name == "a"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",x,106.8,-6.2", "its id is missing"),
        ("1,x,106.8,-6.2", "the id 1 is that of lamps.csv, row 2"),
        ("7,x,,", "it has no coordinates"),
        ("7,x,east,-6.2", "are no degrees"),
        ("7,x,701533.4,9315000", "outside the world"),
        ("7,x,2.3,48.8", "outside the country"),
        ("7,x,-6.2,106.8", "are swapped"),
        ("7,x,0,0", "at 0, 0"),
        ("7,x,NaN,-6.2", "are no degrees|outside the world"),
        ("7", "1 fields, the header has 4"),
        ("7,x,106.8,-6.2,more", "5 fields, the header has 4"),
        ("7," + "n" * 2000 + ",106.8,-6.2", "its name is longer than 160 letters: 2000"),
        ("7" * 81 + ",x,106.8,-6.2", "its id is longer than 80 letters"),
        ("7,a\0b,106.8,-6.2", "NUL"),
        ("7\0,x,106.8,-6.2", "letters that nobody sees"),
        ("\u202e7,x,106.8,-6.2", "letters that nobody sees"),
        ('"3,27E+15",x,106.8,-6.2', "lost digits"),
    ],
)
def test_a_wrong_row_is_left_out_alone_with_its_line_and_why(bring, row, why):
    import re

    taken = bring(f"1,a,106.8272,-6.1754\n{row}\n2,b,106.8273,-6.1754")
    assert ids() == ["1", "2"]
    assert len(taken.faults) == 1
    assert taken.faults[0].startswith("lamps.csv, row 3: ")
    assert re.search(why, taken.faults[0])


def test_what_a_wrong_row_is_about_stays_as_it_was_and_is_not_ended(bring):
    bring("1,a,106.8272,-6.1754\n2,b,106.8273,-6.1754")
    taken = bring("1,a,106.8272,-6.1754\n2,b,701533,9315000")
    assert taken.ended == 0
    assert ids() == ["1", "2"]


def test_the_same_row_again_is_the_same_thing(bring):
    taken = bring("1,a,106.8272,-6.1754\n1,a,106.8272,-6.1754")
    assert (taken.new, taken.faults) == (1, [])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"id;name;lon;lat\n00123;a;106,8272;-6,1754\n", "lamps.csv"),
        ("\ufeffID, Name ,Longitude,Latitude\r\n00123,a,106.8272,-6.1754\r\n".encode(), "lamps.csv"),
        ("id\tnama\tbujur\tlintang\n00123\ta\t106.8272\t-6.1754\n".encode("utf-16"), "lamps.txt"),
        (gzip.compress(b'id,name,x,y\n="00123",a,106.8272,-6.1754', mtime=0), "lamps.csv.gz"),
        (b"id,name,long,lat\n'00123,a,106.8272,6 10 31.4 S\n", "lamps.csv"),
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(bring, content, name):
    assert bring(content, name).faults == []
    found = places.asset("street_light", "00123")
    assert (found.name, round(found.lon, 4), round(found.lat, 3)) == ("a", 106.8272, -6.175)


def test_fields_are_named_by_the_operator_and_geojson_has_an_id_of_its_own(bring):
    bring("k1,Halte Gambir,106.8272,-6.1754", header="kode_aset,label,lon,lat", columns=Columns("kode_aset", "label"))
    assert places.asset("street_light", "k1").name == "Halte Gambir"
    one = feature("x")
    one["properties"], one["id"] = {"name": "Pohon"}, "node/7"
    bring([one], "trees.geojson", layer="tree")
    assert places.asset("tree", "node/7").name == "Pohon"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (feature(None), "its id is missing"),
        (feature("9", 701533, 9315000), "outside the world"),
        (feature("9") | {"geometry": None}, "it has no geometry"),
        (feature("9") | {"geometry": {"type": "Polygon", "coordinates": []}}, "it has no geometry"),
        (feature("9", name="a\0b"), "NUL"),
        (feature([1, 2]), "its id is missing"),
    ],
)
def test_a_wrong_feature_is_left_out_alone(bring, wrong, why):
    taken = bring([feature("1"), wrong, feature(2.0, 106.8274, kind="LineString")], "things.geojson")
    assert ids() == ["1", "2"]
    assert taken.faults[0].startswith("things.geojson, feature 2: ")
    assert why in taken.faults[0]
    assert places.asset("street_light", "2").lon == 106.8279  # the middle of a line stands for it


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"id,name,lon,lat\n1,a,106.8272,-6.1754\n2,b,106.8", "lamps.csv", "cut short"),
        (b'id,name,lon,lat\n1,a,106.8272,-6.1754\n2,"b', "lamps.csv", "cut short"),
        (gzip.compress(b"id,lon,lat\n1,106.8272,-6.1754\n" * 999, mtime=0)[:-20], "lamps.csv.gz", "cannot be read"),
        (b'{"type": "FeatureCollection", "features": [{"type"', "lamps.geojson", "cannot be read"),
        (b"", "lamps.csv", "there is no column 'id'"),
        (b"id,name\n1,a\n", "lamps.csv", "no columns for longitude and latitude"),
        (b"kode,name,lon,lat\n1,a,106.8272,-6.1754\n", "lamps.csv", "there is no column 'id'"),
        (b"id,name,lon,lat\n", "lamps.csv", "no row is in order"),
        (b"id,name,lon,lat\n1,a,701533,9315000\n2,b,701534,9315000\n", "lamps.csv", "no row is in order"),
        (b'{"type": "FeatureCollection", "features": []}', "lamps.geojson", "no row is in order"),
        (json.dumps({"type": "FeatureCollection", "crs": UTM, "features": []}).encode(), "lamps.geojson", "EPSG:4326"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "lamps.csv", "there is no column"),
    ],
)  # fmt: skip
def test_of_a_file_that_is_cut_or_another_the_old_ones_stay(bring, content, name, why):
    bring("1,a,106.8272,-6.1754\n2,b,106.8273,-6.1754\n3,c,106.8273,-6.1755")
    with refused(why):
        bring(content, name)
    assert ids() == ["1", "2", "3"]


def test_a_file_that_would_end_most_of_a_layer_is_refused_unless_that_is_meant(bring):
    rows = [f"0{number},,106.8272,-6.1{number}" for number in range(100, 120)]
    bring("\n".join(rows))
    with refused("14 of 20 would end"):
        bring("\n".join(rows[:6]))
    with refused("ids written otherwise"):
        bring("\n".join(row[1:] for row in rows))  # a spreadsheet took the zeros before the numbers
    assert len(ids()) == 20
    assert bring("\n".join(rows[:6]), end_many=True).ended == 14
    assert len(ids()) == 6


def test_a_layer_has_a_code_that_others_can_write(bring):
    with refused("a layer's code"):
        bring("1,a,106.8272,-6.1754", layer="Lampu Jalan")


def test_a_fault_in_the_middle_leaves_nothing_half_done(bring, monkeypatch):
    bring("1,a,106.8272,-6.1754")
    monkeypatch.setattr("kentongan.places.inventory.PIECE", 1)

    def full(*_given):
        if _given[1] == 2:
            raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"), transaction.atomic():
        bring("1,A,106.8272,-6.1754\n2,b,106.8273,-6.1754", progress=full)
    assert places.asset("street_light", "1").name == "a"
    assert ids() == ["1"]


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_end_as_one_after_the_other(bring, tmp_path):
    bring("1,a,106.8272,-6.1754")
    files = []
    for at in (1, 2):
        rows = "".join(f"{one},file {at},106.8272,-6.{one}\n" for one in range(10, 300))
        files.append(tmp_path / f"{at}.csv")
        files[-1].write_text(f"id,name,lon,lat\n{rows}")
    wrong = []

    def load(path):
        try:
            load_assets([path], "street_light", Columns())
        except (Problem, DatabaseError) as fault:  # told in the test's own thread
            wrong.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=load, args=(path,)) for path in files]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert wrong == []
    assert len(ids()) == 290
    assert Asset.objects.filter(ended_at=None).values("name").distinct().count() == 1


def test_those_around_are_found_across_the_edges_of_squares(bring):
    edge_lon, edge_lat = 106.828, -6.176  # where four squares meet
    assert len({cell(edge_lon + x, edge_lat + y) for x in (-1e-5, 1e-5) for y in (-1e-5, 1e-5)}) == 4
    rows = [f"{x}{y},,{edge_lon + x * 3e-4},{edge_lat + y * 3e-4}" for x in (-1, 1) for y in (-1, 1)]
    bring("\n".join(rows))
    assert len(places.nearest_assets("street_light", edge_lon + 1e-5, edge_lat)) == 4


def test_what_people_type_of_an_id_or_name_is_found_nearest_first(bring):
    bring("PJU-00123,Tiang Cikini,106.8272,-6.1754\nPJU-00124,Tiang Gambir,106.9,-6.2\nPJU-00125,,107.5,-6.9")
    near = [one.id for one in assets_typed("pju 00", (106.9, -6.2), 10)]
    assert near == ["PJU-00124", "PJU-00123", "PJU-00125"]
    assert [one.id for one in assets_typed("pju00125", (106.8272, -6.1754), 10)] == ["PJU-00125"]
    assert [one.id for one in assets_typed("tiang g", None, 10)] == ["PJU-00124"]
    assert [one.id for one in assets_typed("cikini", HERE, 10)] == ["PJU-00123"]  # in the middle of a name, near by
    assert assets_typed("%", HERE, 10) == assets_typed("\0", HERE, 10) == assets_typed("zz", HERE, 10) == []


def test_what_has_ended_is_neither_offered_nor_found(bring):
    bring("1,Lampu,106.8272,-6.1754\n2,b,106.8273,-6.1754")
    bring("2,b,106.8273,-6.1754")
    assert [one.id for one in places.nearest_assets("street_light", *HERE)] == ["2"]
    assert assets_typed("Lampu", HERE, 10) == []


def test_a_layer_all_in_one_place_is_answered_from_a_few(bring):
    """As where a table was placed by its city: every lamp in the middle of it."""
    bring("\n".join(f"{number},,106.8272,-6.1754" for number in range(3_000)))
    assert [one.distance for one in places.nearest_assets("street_light", *HERE, 3)] == [0, 0, 0]


def test_the_search_offers_a_thing_by_its_number_first_and_by_its_name_after_the_places(bring):
    rows = "PJU-00123,Gambir Lampu,106.8272,-6.1754\nPJU-00124,Gambir Lampu,106.9,-6.2\nHALTE 7,,106.8272,-6.1754"
    bring(rows)
    found = places.find("pju-00124", HERE)
    assert [(one.kind, one.asset.id) for one in found] == [("asset", "PJU-00124")]
    assert (found[0].name, found[0].type, found[0].code) == ("Gambir Lampu (PJU-00124)", "street_light", "")
    assert found[0].distance > 8_000
    assert found[0].at == "106.900000,-6.200000"  # a page is given its place, not its number
    named = places.find("gambir lampu", (106.9, -6.2))
    assert [one.asset.id for one in named if one.asset] == ["PJU-00124", "PJU-00123"]
    kinds = [one.kind for one in places.find("gambir", HERE)]
    assert kinds.index("area") < kinds.index("asset")
    assert places.find("-6.1754, 106.8272")[0].kind == "coordinate"
    assert len(places.find("gambir", HERE, 1)) == 1


@pytest.mark.parametrize("name", ["sought_id", "sought_name"])
def test_what_begins_so_is_read_from_an_index_however_many_things_there_are(bring, name):
    """A million names were read through for each letter typed: 2.6 s."""
    bring("\n".join(f"{number},Jalan {number},106.8,-6.2" for number in range(500)))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert f"asset_{name}" in begun(name, "jalan77").explain()
