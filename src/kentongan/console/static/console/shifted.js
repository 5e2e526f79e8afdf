// The reports that a draft of rules would send elsewhere, on the map above their list.
import { every, maybe } from "../js/page.js";

/** @typedef {typeof import("maplibre-gl")} Gl */

maybe("#tried [data-map]", HTMLElement)?.addEventListener("drawn", (event) => {
  const { gl, map } = /** @type {CustomEvent<{ gl: Gl, map: import("maplibre-gl").Map }>} */ (event).detail;
  for (const row of every("[data-shifted]", HTMLElement)) {
    const link = maybe("a", HTMLAnchorElement, row);
    if (!row.dataset.lon || !row.dataset.lat || !link) continue;
    const mark = Object.assign(document.createElement("a"), { className: "point is-waiting", href: link.href });
    mark.setAttribute("aria-label", row.textContent?.trim().replace(/\s+/g, " ") ?? "");
    new gl.Marker({ element: mark }).setLngLat([Number(row.dataset.lon), Number(row.dataset.lat)]).addTo(map);
  }
});
