// The area of a warning on its map.
import { every } from "./page.js";

for (const place of every("[data-shapes]", HTMLElement)) {
  place.addEventListener(
    "drawn",
    (event) => {
      const { map } = /** @type {CustomEvent<{ map: import("maplibre-gl").Map }>} */ (event).detail;
      const data = JSON.parse(place.dataset.shapes ?? "{}");
      map.addSource("warning", { type: "geojson", data });
      const colour = getComputedStyle(document.documentElement).getPropertyValue("--waiting").trim() || "#b3391f";
      map.addLayer({
        id: "warning-fill",
        type: "fill",
        source: "warning",
        paint: { "fill-color": colour, "fill-opacity": 0.25 },
      });
      map.addLayer({
        id: "warning-line",
        type: "line",
        source: "warning",
        paint: { "line-color": colour, "line-width": 2 },
      });
    },
    true,
  );
}
