"""The country: official areas, where a point lies, what is near it."""

from .addressing import (
    Address as Address,
    address_at as address_at,
    address_of as address_of,
    address_text as address_text,
    addresses_at as addresses_at,
    kept_facts as kept_facts,
    landmark_of as landmark_of,
    street_text as street_text,
)
from .assets import (
    Thing as Thing,
    asset as asset,
    asset_layers as asset_layers,
    called as called,
    nearest_assets as nearest_assets,
    told_asset as told_asset,
)
from .carrying import province_file as province_file
from .facilities import (
    Facility as Facility,
    facilities_near as facilities_near,
    facilities_of as facilities_of,
)
from .finding import (
    Found as Found,
)
from .gazetteer import (
    Area as Area,
    distance as distance,
    known_chain as known_chain,
)
from .ground import (
    attribution as attribution,
)
from .here import (
    Location as Location,
    Nearest as Nearest,
    Source as Source,
    approximate_many as approximate_many,
    check_point as check_point,
    locate as locate,
    locate_many as locate_many,
    near as near,
    near_all as near_all,
    near_any as near_any,
    source as source,
    streets_near as streets_near,
)
from .meaning import (
    Meant as Meant,
    meant as meant,
)
from .opening import (
    index_fault as index_fault,
)
from .searching import (
    address as address,
    area as area,
    below as below,
    borders as borders,
    bounds as bounds,
    outline as outline,
    search as search,
)
from .seeking import (
    find as find,
)
from .spots import (
    Spot as Spot,
    read_age as read_age,
    read_spot as read_spot,
)
from .written import (
    degrees as degrees,
    point as point,
)
from .zones import (
    zone_at as zone_at,
    zone_of as zone_of,
)
