// A shape drawn on the map of the queue: corner by corner, by tap, or by keyboard with the map moved under the cross in
// its middle. It goes into the field of the filter, so that the address has it.
import { every, maybe, one } from "../js/page.js";

/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {[number, number]} Corner */

const FEWEST = 3;
const MOST = 100;
const APART = 8; // pixels between two corners
const field = maybe("#shape", HTMLInputElement);
const start = maybe("#draw", HTMLButtonElement);
const tools = maybe("#draw-tools", HTMLElement);
const shown = maybe("#desk-map", HTMLElement);

/** @param {string} written @returns {Corner[]} */
function read(written) {
  const corners = written.split(";").map((corner) => corner.split(",").map(Number));
  return corners.flatMap(([lon, lat]) => (Number.isFinite(lon) && Number.isFinite(lat) ? [[lon, lat]] : []));
}

/** On which side of the line from `a` to `b` a corner lies. @param {Corner} a @param {Corner} b @param {Corner} c */
const side = (a, b, c) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));

/** Whether two sides of the shape cross, the one that closes it too. @param {Corner[]} corners */
function crosses(corners) {
  const sides = corners.map((corner, at) => [corner, corners[(at + 1) % corners.length]]);
  return sides.some(([a, b], at) =>
    sides.some(
      ([c, d], other) =>
        Math.abs(at - other) > 1 &&
        Math.abs(at - other) < sides.length - 1 &&
        side(a, b, c) * side(a, b, d) <= 0 &&
        side(c, d, a) * side(c, d, b) <= 0,
    ),
  );
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
    const isCrossed = isDrawing && crosses(corners);
    one("[data-crossed]", HTMLElement, bar).hidden = !isCrossed;
    one("[data-draw=show]", HTMLButtonElement, bar).disabled = corners.length < FEWEST || isCrossed;
  }

  /** @param {{ lng: number, lat: number }} at */
  function add(at) {
    const last = corners.at(-1);
    const isSame = last && map.project(last).dist(map.project([at.lng, at.lat])) < APART;
    if (isDrawing && !isSame && corners.length < MOST)
      corners.push([Number(at.lng.toFixed(6)), Number(at.lat.toFixed(6))]);
    paint();
  }

  /** @param {boolean} on */
  function draw(on) {
    isDrawing = on;
    corners = on ? [] : read(into.value);
    bar.hidden = !on;
    if (start) start.hidden = on;
    around.classList.toggle("drawing", on);
    map.doubleClickZoom[on ? "disable" : "enable"](); // two quick taps are two corners, or one
    if (on) map.getCanvas().focus({ preventScroll: true });
    if (on) around.parentElement?.scrollIntoView({ block: "start" });
    else start?.focus();
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
  map.on("click", (event) => {
    if (event.originalEvent.detail < 2) add(event.lngLat); // the second of two quick ones
  });
  if (!start) return;
  start.hidden = false;
  start.addEventListener("click", () => draw(true));
}

shown?.addEventListener("drawn", (event) => {
  if (event instanceof CustomEvent && field && tools) begin(event.detail.map, field, tools, shown);
});
