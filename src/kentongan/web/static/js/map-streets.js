// The streets of OpenStreetMap where there is no map file: drawn near by, tile after tile of zoom 14.
import { colour, json, tilesInView } from "./map-ground.js";

/** @typedef {import("maplibre-gl").Map} GlMap */

const TILE = 14; // zoom of the tiles that the server cuts
const FROM = 14; // zoom of the map: farther away the streets are too many to be told apart

/**
 * Shows the streets in view, and more of them when the map is moved.
 * @param {GlMap} map
 */
export function streetsOf(map) {
  const drawn = new Set();
  /** @type {any[]} */
  const features = [];
  const data = () => ({ type: /** @type {const} */ ("FeatureCollection"), features });
  map.addSource("streets", { type: "geojson", data: data(), attribution: "© OpenStreetMap" });
  map.addLayer({
    id: "streets-edge",
    type: "line",
    source: "streets",
    minzoom: FROM,
    paint: { "line-color": colour("line"), "line-width": ["interpolate", ["linear"], ["zoom"], 14, 2.5, 18, 13] },
  });
  map.addLayer({
    id: "streets",
    type: "line",
    source: "streets",
    minzoom: FROM,
    paint: { "line-color": colour("paper"), "line-width": ["interpolate", ["linear"], ["zoom"], 14, 1.5, 18, 11] },
  });
  map.addLayer({
    id: "streets-names",
    type: "symbol",
    source: "streets",
    minzoom: 15,
    layout: {
      "symbol-placement": "line",
      "text-field": ["get", "name"],
      "text-font": ["Plus Jakarta Sans"],
      "text-size": 12,
    },
    paint: { "text-color": colour("soft"), "text-halo-color": colour("paper"), "text-halo-width": 1.5 },
  });
  async function show() {
    if (map.getZoom() < FROM) return;
    const wanted = tilesInView(map, TILE).filter((tile) => !drawn.has(tile));
    for (const tile of wanted) drawn.add(tile);
    const parts = wanted.map((tile) => {
      const [, x, y] = tile.split("/");
      return json(`/map/streets/${x}/${y}.json`).catch(() => {
        drawn.delete(tile); // asked for again when the map next moves
        return { features: [] };
      });
    });
    for (const part of await Promise.all(parts)) features.push(...part.features);
    const source = /** @type {import("maplibre-gl").GeoJSONSource | undefined} */ (map.getSource("streets"));
    if (wanted.length) source?.setData(data());
  }
  map.on("moveend", show);
  return show();
}
