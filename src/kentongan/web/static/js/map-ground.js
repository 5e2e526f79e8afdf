// What lies under the reports where no base map style is set: the shipped boundaries and the names of places.

/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {typeof import("maplibre-gl")} Gl */
/** @typedef {[number, number, string, string]} Name degrees WGS 84, the words and the code of the area */

const css = getComputedStyle(document.documentElement);
const REGENCIES_FROM = 8; // zoom: nearer, the provinces' outlines are too coarse and the regencies' take over
const NEAR = 0.5; // degrees: a regency reaches into view from beyond its middle
const WORD_WIDTH = 92; // pixels that a name may take
const WORD_HEIGHT = 30;

/**
 * A colour of the site's look.
 * @param {string} name
 */
export const colour = (name) => css.getPropertyValue(`--${name}`).trim();

/**
 * @param {string} address
 * @returns {Promise<any>}
 */
export async function json(address) {
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

/** @returns {import("maplibre-gl").StyleSpecification} */
export function offlineStyle() {
  const paper = {
    id: "paper",
    type: /** @type {const} */ ("background"),
    paint: { "background-color": colour("sunk") },
  };
  return { version: 8, sources: {}, layers: [paper] };
}

/**
 * The tiles that the map shows, as `z/x/y`, at most 48.
 * @param {GlMap} map
 */
export function tilesInView(map, z = Math.max(3, Math.min(18, Math.floor(map.getZoom()) + 1))) {
  const size = 2 ** z;
  const box = map.getBounds();
  /** @param {number} part from 0 to 1 */
  const within = (part) => Math.max(0, Math.min(size - 1, Math.floor(part * size)));
  /** @param {number} lon */
  const column = (lon) => within((lon + 180) / 360);
  /** @param {number} lat */
  const row = (lat) => {
    const y = Math.log(Math.tan(Math.PI / 4 + (Math.max(-85, Math.min(85, lat)) * Math.PI) / 360));
    return within((1 - y / Math.PI) / 2);
  };
  const tiles = [];
  for (let x = column(box.getWest()); x <= column(box.getEast()); x++)
    for (let y = row(box.getNorth()); y <= row(box.getSouth()); y++) tiles.push(`${z}/${x}/${y}`);
  return tiles.slice(0, 48);
}

/**
 * Draws the outline of an area, or of all provinces.
 * @param {GlMap} map
 * @param {string} code
 * @param {boolean} own whether the page is about this area
 */
export async function drawOutline(map, code, own) {
  const id = `outline-${code}`;
  const shapes = await json(`/map/outline/${code}.json`).catch(() => null);
  if (!shapes?.features.length || map.getSource(id)) return;
  map.addSource(id, { type: "geojson", data: shapes });
  // The area that the page is about lies above its surroundings.
  const before = own ? undefined : `outline-${map.getContainer().dataset.outline}-fill`;
  const under = before && map.getLayer(before) ? before : belowWhat(map, own);
  const line = { "line-color": colour(own ? "sea" : "teak"), "line-width": own ? 2 : 0.8, "line-opacity": 0.7 };
  const fill = {
    "fill-color": colour(own ? "sea-wash" : "card"),
    "fill-opacity": own && map.getLayer("earth") ? 0.25 : 1,
  };
  map.addLayer({ id: `${id}-fill`, type: "fill", source: id, paint: fill }, under);
  map.addLayer({ id: `${id}-line`, type: "line", source: id, paint: line }, under);
  if (own) return;
  const [from, to] = code === "province" ? [0, REGENCIES_FROM] : [REGENCIES_FROM, 24];
  for (const kind of ["fill", "line"]) map.setLayerZoomRange(`${id}-${kind}`, from, to);
}

/**
 * Where an outline lies in a map with streets: the area that the page is about over the ground and below the names,
 * which would grow pale behind it; its surroundings below the ground, so that they show where the file has none.
 * @param {GlMap} map
 * @param {boolean} own
 */
function belowWhat(map, own) {
  if (!map.getLayer("earth")) return undefined;
  return own ? map.getStyle().layers.find((layer) => layer.type === "symbol")?.id : "earth";
}

/**
 * The names of the areas in view, tile by tile; each tile is asked for once.
 * @param {GlMap} map
 */
function namesBy(map) {
  /** @type {Map<string, Name[]>} */
  const seen = new Map();
  /** @param {number} z */
  return async (z) => {
    const asked = tilesInView(map, z).map(async (tile) => {
      const known = seen.get(tile) ?? (await json(`/map/names/${tile}.json`).catch(() => ({ names: [] }))).names;
      seen.set(tile, known);
      return /** @type {Name[]} */ (known);
    });
    return (await Promise.all(asked)).flat();
  };
}

/**
 * Draws the regencies that come into view.
 * @param {GlMap} map
 */
export function regencyOutlines(map) {
  const drawn = new Set();
  const named = namesBy(map);
  async function show() {
    if (map.getZoom() < REGENCIES_FROM) return;
    const box = map.getBounds();
    /** @param {Name} name */
    const near = ([lon, lat]) =>
      lon > box.getWest() - NEAR &&
      lon < box.getEast() + NEAR &&
      lat > box.getSouth() - NEAR &&
      lat < box.getNorth() + NEAR;
    const wanted = (await named(7)).filter((name) => !drawn.has(name[3]) && near(name));
    for (const [, , , code] of wanted.slice(0, 24)) {
      drawn.add(code);
      drawOutline(map, code, false);
    }
  }
  map.on("moveend", show);
  return show();
}

/**
 * Place names, written by the page: glyphs of a base map would have to come from somewhere else.
 * @param {Gl} gl
 * @param {GlMap} map
 */
export function placeNames(gl, map) {
  const streets = Boolean(map.getLayer("earth"));
  /** @param {Name} name of a place that no file shows with names of its own */
  const bare = ([lon, lat]) => !map.queryRenderedFeatures(map.project([lon, lat]), { layers: ["earth"] }).length;
  const named = namesBy(map);
  /** @type {import("maplibre-gl").Marker[]} */
  let shown = [];
  let turn = 0;
  async function show() {
    turn += 1;
    const mine = turn;
    const zoom = map.getZoom();
    const finer = [7, 9.5, 12.5].filter((from) => zoom >= from).length;
    const all = await named([4, 7, 10, 13][finer]);
    if (mine !== turn) return;
    const names = streets ? all.filter(bare) : all;
    for (const one of shown) one.remove();
    shown = withRoom(map, names).map(([lon, lat, name]) => {
      const words = Object.assign(document.createElement("span"), { className: "place-name", textContent: name });
      return new gl.Marker({ element: words }).setLngLat([lon, lat]).addTo(map);
    });
  }
  map.on(streets ? "idle" : "moveend", show); // idle: once the ground is there
  show();
}

/**
 * Those names that do not lie on one another.
 * @param {GlMap} map
 * @param {Name[]} names
 */
function withRoom(map, names) {
  /** @type {{ x: number, y: number }[]} */
  const taken = [];
  return names.filter(([lon, lat]) => {
    const at = map.project([lon, lat]);
    const free = taken.every(({ x, y }) => Math.abs(x - at.x) >= WORD_WIDTH || Math.abs(y - at.y) >= WORD_HEIGHT);
    if (free) taken.push(at);
    return free;
  });
}
