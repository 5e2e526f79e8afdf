// A shape drawn on the map of the queue: corner by corner, by tap, or by keyboard with the map moved under the cross in
// its middle. It goes into the field of the filter, so that the address has it.
import { every, maybe, one } from "../js/page.js";

/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {[number, number]} Corner */

const FEWEST = 3;
const MOST = 100;
const field = maybe("#shape", HTMLInputElement);
const tools = maybe("#draw-tools", HTMLElement);
const shown = maybe("#desk-map", HTMLElement);

/** @param {string} written @returns {Corner[]} */
function read(written) {
  const corners = written.split(";").map((corner) => corner.split(",").map(Number));
  return corners.flatMap(([lon, lat]) => (Number.isFinite(lon) && Number.isFinite(lat) ? [[lon, lat]] : []));
}

/** @param {Corner[]} corners @returns {import("geojson").Feature} */
function outline(corners) {
  const ring = corners.length ? [...corners, corners[0]] : [];
  const isFlat = corners.length < FEWEST;
  return {
    type: "Feature",
    properties: {},
    geometry: isFlat ? { type: "LineString", coordinates: corners } : { type: "Polygon", coordinates: [ring] },
  };
}

/** @param {GlMap} map @param {HTMLInputElement} into @param {HTMLElement} bar @param {HTMLElement} around */
function begin(map, into, bar, around) {
  let corners = read(into.value);
  let isDrawing = false;
  map.addSource("drawn", { type: "geojson", data: outline(corners) });
  const ink = getComputedStyle(around).getPropertyValue("--sea").trim() || "#0b6e6e";
  map.addLayer({ id: "drawn-in", type: "fill", source: "drawn", paint: { "fill-color": ink, "fill-opacity": 0.12 } });
  map.addLayer({ id: "drawn-side", type: "line", source: "drawn", paint: { "line-color": ink, "line-width": 2 } });

  function paint() {
    const source = map.getSource("drawn");
    if (source && "setData" in source && typeof source.setData === "function") source.setData(outline(corners));
    one("b", HTMLElement, bar).textContent = String(corners.length);
    one("[data-draw=show]", HTMLButtonElement, bar).disabled = corners.length < FEWEST;
  }

  /** @param {{ lng: number, lat: number }} at */
  function add(at) {
    if (isDrawing && corners.length < MOST) corners.push([Number(at.lng.toFixed(6)), Number(at.lat.toFixed(6))]);
    paint();
  }

  /** @param {boolean} on */
  function draw(on) {
    isDrawing = on;
    corners = on ? [] : read(into.value);
    bar.hidden = !on;
    around.classList.toggle("drawing", on);
    if (on) map.getCanvas().focus();
    paint();
  }

  /** @type {Record<string, () => void>} */
  const acts = {
    middle: () => add(map.getCenter()),
    back: () => {
      corners.pop();
      paint();
    },
    show: () => {
      into.value = corners.map(([lon, lat]) => `${lon},${lat}`).join(";");
      into.form?.requestSubmit();
    },
    stop: () => draw(false),
  };
  for (const button of every("[data-draw]", HTMLButtonElement, bar))
    button.addEventListener("click", () => acts[button.dataset.draw ?? ""]?.());
  map.on("click", (event) => add(event.lngLat));
  const start = maybe("#draw", HTMLButtonElement);
  if (!start) return;
  start.hidden = false;
  start.addEventListener("click", () => draw(true));
}

shown?.addEventListener("drawn", (event) => {
  if (event instanceof CustomEvent && field && tools) begin(event.detail.map, field, tools, shown);
});
