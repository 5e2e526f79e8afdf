// Drawing the area of a warning: each touch of the map is a corner; the text below says the same and can be typed.
import { maybe, one } from "../js/page.js";

const place = one("[data-draw]", HTMLElement);
const text = one("#polygon", HTMLTextAreaElement);
const [undo, clear] = [maybe("[data-undo]", HTMLButtonElement), maybe("[data-clear]", HTMLButtonElement)];

/** The shapes as they are written, each as [lon, lat] pairs. */
function rings() {
  const lines = text.value.split("\n").filter((line) => line.trim());
  return lines.map((line) =>
    line
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split(",").map(Number).reverse())
      .filter((pair) => pair.length === 2 && pair.every(Number.isFinite)),
  );
}

/** @param {number[][][]} shapes */
function write(shapes) {
  text.value = shapes
    .map((ring) => ring.map(([lon, lat]) => `${lat.toFixed(5)},${lon.toFixed(5)}`).join(" "))
    .join("\n");
}

/** @param {number[]} a @param {number[]} b */
const same = (a, b) => Math.abs(a[0] - b[0]) < 1e-6 && Math.abs(a[1] - b[1]) < 1e-6;

place.addEventListener(
  "drawn",
  (event) => {
    const { map } = /** @type {CustomEvent<{ map: import("maplibre-gl").Map }>} */ (event).detail;
    const colour = getComputedStyle(document.documentElement).getPropertyValue("--waiting").trim() || "#b3391f";
    map.addSource("drawn", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    map.addLayer({
      id: "drawn-fill",
      type: "fill",
      source: "drawn",
      paint: { "fill-color": colour, "fill-opacity": 0.25 },
    });
    map.addLayer({ id: "drawn-line", type: "line", source: "drawn", paint: { "line-color": colour, "line-width": 2 } });
    map.addLayer({
      id: "drawn-corners",
      type: "circle",
      source: "drawn",
      paint: { "circle-color": colour, "circle-radius": 4 },
    });

    function show() {
      /** @type {any[]} */
      const features = rings()
        .filter((ring) => ring.length)
        .map((ring) => ({
          type: "Feature",
          properties: {},
          geometry:
            ring.length < 3
              ? { type: ring.length === 1 ? "MultiPoint" : "LineString", coordinates: ring }
              : { type: "Polygon", coordinates: [[...ring, ring[0]]] },
        }));
      const source = /** @type {import("maplibre-gl").GeoJSONSource} */ (map.getSource("drawn"));
      source.setData({ type: "FeatureCollection", features });
      for (const button of [undo, clear]) if (button) button.hidden = !features.length;
    }

    map.on("click", ({ lngLat }) => {
      const shapes = rings();
      const last = shapes.at(-1);
      if (last && last.length > 3 && same(last[0], last[last.length - 1])) last.pop(); // closed: goes on being drawn
      if (last) last.push([lngLat.lng, lngLat.lat]);
      else shapes.push([[lngLat.lng, lngLat.lat]]);
      write(shapes);
      show();
    });
    undo?.addEventListener("click", () => {
      const shapes = rings();
      shapes.at(-1)?.pop();
      write(shapes.filter((ring) => ring.length));
      show();
    });
    clear?.addEventListener("click", () => {
      text.value = "";
      show();
    });
    text.addEventListener("input", show);
    show();
  },
  true,
);
