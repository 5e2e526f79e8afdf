// Every map of the site: each element with data-map becomes one. Works without any outside service: where neither a map
// file of our own nor another style is set, the shipped boundaries are drawn, and streets where we know them.
import { drawOutline, offlineStyle, placeNames, regencyOutlines } from "./map-ground.js";
import { streetsOf } from "./map-streets.js";
import { iconsOf, ownStyle } from "./map-style.js";
import { liveReports } from "./map-reports.js";
import { every, sprite } from "./page.js";

/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {typeof import("maplibre-gl")} Gl */

/** @type {[[number, number], [number, number]]} */
const COUNTRY = [
  [94.5, -11.3],
  [141.5, 6.3],
];
const WORDS = {
  id: {
    lang: "id",
    map: "Peta",
    mark: "Tanda di peta",
    close: "Tutup",
    whose: "Sumber peta",
    in: "Perbesar",
    out: "Perkecil",
    free: "Gunakan dua jari untuk menggeser peta",
    ctrl: "Tekan Ctrl sambil menggulir untuk memperbesar peta",
    reports: "laporan",
    waiting: "menunggu",
    in_process: "diproses",
    done: "selesai",
    no_partner: "belum ada mitra",
    closed: "ditutup",
  },
  en: {
    lang: "en",
    map: "Map",
    mark: "Mark on the map",
    close: "Close",
    whose: "Source of the map",
    in: "Zoom in",
    out: "Zoom out",
    free: "Use two fingers to move the map",
    ctrl: "Hold Ctrl while scrolling to zoom the map",
    reports: "reports",
    waiting: "waiting",
    in_process: "in process",
    done: "done",
    no_partner: "no partner yet",
    closed: "closed",
  },
};
/** @type {Map<HTMLElement, GlMap>} */
const maps = new Map();

/**
 * Moves the map of `place`; one that is not drawn yet begins there.
 * @param {HTMLElement} place
 * @param {number} lon
 * @param {number} lat
 * @param {number} zoom
 */
export function go(place, lon, lat, zoom) {
  Object.assign(place.dataset, { lon: String(lon), lat: String(lat), zoom: String(zoom) });
  maps.get(place)?.jumpTo({ center: [lon, lat], zoom });
}

function pinElement() {
  const pin = document.createElement("div");
  pin.className = "pin";
  pin.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite()}#map-pin"/></svg>`;
  return pin;
}

/**
 * The place of a report, which stays.
 * @param {Gl} gl
 * @param {GlMap} map
 */
function pinHere(gl, map) {
  new gl.Marker({ element: pinElement(), anchor: "bottom" }).setLngLat(map.getCenter()).addTo(map);
}

/**
 * The map moves under the pin, as people know it; touching it at all means that they chose.
 * @param {Gl} gl
 * @param {GlMap} map
 * @param {HTMLElement} place hears `picked` with the point
 */
function pinToPick(gl, map, place) {
  const marker = new gl.Marker({ element: pinElement(), anchor: "bottom" }).setLngLat(map.getCenter()).addTo(map);
  map.on("move", () => marker.setLngLat(map.getCenter()));
  map.on("moveend", (/** @type {any} */ event) => {
    if (!event.originalEvent && !event.picked) return;
    place.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: map.getCenter() }));
  });
  map.on("click", (event) => {
    const zoom = Math.max(map.getZoom(), Math.min(map.getZoom() + 3, 16));
    map.easeTo({ center: event.lngLat, zoom }, { picked: true });
  });
}

/**
 * The things of the page's list by their numbers; a tap on one is a tap on its line. The list is for who uses no map.
 * @param {Gl} gl
 * @param {GlMap} map
 */
function markThings(gl, map) {
  for (const line of every("[data-thing]", HTMLElement)) {
    const { thing, lon, lat } = line.dataset;
    const mark = Object.assign(document.createElement("div"), { className: "mark", textContent: thing });
    mark.ariaHidden = "true";
    mark.addEventListener("click", () => line.click());
    new gl.Marker({ element: mark }).setLngLat([Number(lon), Number(lat)]).addTo(map);
  }
}

/**
 * Where the map begins: at a point, over a box (`west,south,east,north`), or over the country.
 * @param {DOMStringMap} set
 * @returns {Partial<import("maplibre-gl").MapOptions>}
 */
function beginning(set) {
  if (set.box) {
    const [west, south, east, north] = set.box.split(",").map(Number);
    return { bounds: [west, south, east, north], fitBoundsOptions: { padding: 24, maxZoom: 15 } };
  }
  if (set.lon && set.lat) return { center: [Number(set.lon), Number(set.lat)], zoom: Number(set.zoom) || 12 };
  return { bounds: COUNTRY };
}

/** @param {HTMLElement} place */
async function begin(place) {
  const set = place.dataset;
  const words = set.lang === "en" ? WORDS.en : WORDS.id;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: set.css }));
  /** @type {[Gl, Awaited<ReturnType<typeof ownStyle>>]} */
  const [gl, own] = await Promise.all([
    import(/** @type {string} */ (set.module)),
    set.ours ? ownStyle(set.ours, words.lang) : null,
  ]);
  if (own) gl.addProtocol("pmtiles", own.ranges);
  const style = set.style || own?.style;
  const map = new gl.Map({
    container: place,
    style: style || offlineStyle(),
    attributionControl: style || set.streets ? { compact: false } : false,
    ...beginning(set),
    // Where the map is what the page is about, one finger moves it; elsewhere it never holds up who scrolls past.
    cooperativeGestures: set.pin !== "pick",
    dragRotate: false,
    pitchWithRotate: false,
    maxZoom: 19,
    locale: {
      "Map.Title": words.map,
      "Marker.Title": words.mark,
      "Popup.Close": words.close,
      "AttributionControl.ToggleAttribution": words.whose,
      "NavigationControl.ZoomIn": words.in,
      "NavigationControl.ZoomOut": words.out,
      "CooperativeGesturesHandler.MobileHelpText": words.free,
      "CooperativeGesturesHandler.WindowsHelpText": words.ctrl,
      "CooperativeGesturesHandler.MacHelpText": words.ctrl,
    },
  });
  if (own) iconsOf(map);
  map.touchZoomRotate.disableRotation();
  map.addControl(new gl.NavigationControl({ showCompass: false }), "top-right");
  maps.set(place, map);
  map.on("moveend", () => {
    set.middle = map.getCenter().toArray().join(); // what is near it is found first (`places.js`)
  });
  if (set.pin === "here" || set.pin === "things") pinHere(gl, map);
  if (set.pin === "things") markThings(gl, map);
  if (set.pin === "pick") pinToPick(gl, map, place);
  map.on("load", async () => {
    const borders = set.borders === "polygons";
    // Below our own map file too: it may know one region, and the country goes on around it.
    if (!set.style && borders) {
      drawOutline(map, "province", false);
      regencyOutlines(map);
    }
    if (set.outline && set.outline !== "province" && borders) await drawOutline(map, set.outline, true);
    if (!style && set.streets) streetsOf(map);
    if (!set.style) placeNames(gl, map);
    if (set.points) liveReports(gl, map, words);
    set.drawn = "yes";
    place.dispatchEvent(new CustomEvent("drawn", { detail: { gl, map } })); // for what a page of its own puts on it
  });
}

const watching = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      watching.unobserve(target);
      begin(target).catch((fault) => {
        target.dataset.fault = String(fault);
      });
    }
  },
  { rootMargin: "200px" },
);
for (const place of every("[data-map]", HTMLElement)) watching.observe(place);
