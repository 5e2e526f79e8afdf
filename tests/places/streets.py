"""A small extract of OpenStreetMap around Menteng, written by the tests: invented ids, streets about where they are."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

Point = tuple[float, float]
# Two streets that cross at (106.8270, -6.1860); everything lies in Menteng, Jakarta Pusat.
SALIM = [(106.8270, -6.1820), (106.8270, -6.1860), (106.8270, -6.1900)]
SIRIH = [(106.8230, -6.1860), (106.8270, -6.1860), (106.8310, -6.1860)]
THAMRIN = [(106.8228, -6.1780), (106.8228, -6.1860), (106.8228, -6.1940)]


class Extract:
    """Nodes, ways and relations, each with its tags; `write` makes the file."""

    def __init__(self) -> None:
        self._nodes: dict[Point, int] = {}
        self._lines: list[str] = []
        self._tagged: dict[int, dict[str, str]] = {}
        self._ids = iter(range(1000, 10_000_000))

    def node(self, place: Point, **tags: str) -> int:
        """A node; the same place is the same node."""
        found = self._nodes.setdefault(place, next(self._ids))
        if tags:
            self._tagged[found] = _keyed(tags)
        return found

    def way(self, places: Iterable[Point], missing: int = 0, **tags: str) -> int:
        """A way through places; `missing` nodes more are named that the file does not hold."""
        refs = [self.node(place) for place in places] + [900_000_000 + number for number in range(missing)]
        number = next(self._ids)
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        self._lines.append(f'<way id="{number}" version="1">{inside}{_tags(_keyed(tags))}</way>')
        return number

    def relation(self, members: Iterable[tuple[int, str]], **tags: str) -> None:
        """A relation of ways with roles."""
        inside = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
        self._lines.append(f'<relation id="{next(self._ids)}" version="1">{inside}{_tags(_keyed(tags))}</relation>')

    def text(self) -> str:
        """The file's content, in the order that OpenStreetMap's files have."""
        nodes = [
            f'<node id="{number}" version="1" lon="{lon}" lat="{lat}">{_tags(self._tagged.get(number, {}))}</node>'
            for (lon, lat), number in self._nodes.items()
        ]
        ordered = sorted(self._lines, key=lambda line: not line.startswith("<way"))
        return f'<?xml version="1.0"?>\n<osm version="0.6">\n{chr(10).join([*nodes, *ordered])}\n</osm>\n'

    def write(self, path: Path) -> Path:
        """Writes it as `.osm`; osmium writes the packed formats from it."""
        path.write_text(self.text(), "utf-8")
        return path


def menteng() -> Extract:
    """Streets of every class of road, with landmarks, a river, a park and a kilometre stone."""
    made = Extract()
    made.way(SALIM, highway="secondary", name="Jalan H. Agus Salim")
    made.way(SIRIH, highway="primary", name="Jl. Kebon Sirih")
    made.way(THAMRIN, highway="trunk", name="Jalan M.H. Thamrin")
    made.way([(106.8200, -6.1780), (106.8200, -6.1940)], highway="motorway", name="Jalan Tol Dalam Kota")
    made.way([(106.8290, -6.1820), (106.8290, -6.1850)], highway="residential", name="Gang Sampit")
    made.way([(106.8330, -6.1820), (106.8330, -6.1900)], waterway="river", name="Kali Ciliwung")
    made.way([(106.8340, -6.1820), (106.8340, -6.1900)], waterway="drain")
    park = [(106.8300, -6.1880), (106.8320, -6.1880), (106.8320, -6.1895), (106.8300, -6.1895), (106.8300, -6.1880)]
    made.way(park, leisure="park", name="Taman Menteng")
    made.node((106.8273, -6.1833), amenity="school", name="SDN Menteng 01", phone="+62 21 5550 1111")
    made.node((106.8310, -6.1830), amenity="hospital", name="RS Contoh", opening_hours="24/7")
    made.node((106.8229, -6.1800), highway="milestone", distance="3")
    made.node((106.8350, -6.1860), railway="level_crossing")
    return made


def _keyed(tags: dict[str, str]) -> dict[str, str]:
    return {key.replace("__", ":"): value for key, value in tags.items()}


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
