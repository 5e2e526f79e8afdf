// The reports on a map: many together as a number, single ones as links. Both are elements of the page, large enough
// for a finger and reachable by keyboard.
import { json, tilesInView } from "./map-ground.js";

/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {typeof import("maplibre-gl")} Gl */
/** @typedef {"waiting" | "in_process" | "done" | "no_partner" | "closed"} Status */
/** @typedef {Partial<Record<Status, number>>} Counts how many reports stand how */
/** @typedef {{ reports: string } & Record<Status, string>} Words */
/** @typedef {{ clusters?: [number, number, Counts][], points?: [string, number, number, Status][] }} Tile */

/** @type {Status[]} */
export const STATUSES = ["waiting", "in_process", "done", "no_partner", "closed"];

/**
 * @param {Counts} counts
 * @param {Words} words
 */
function cluster(counts, words) {
  const total = STATUSES.reduce((sum, one) => sum + (counts[one] ?? 0), 0);
  /** @type {Status} */
  const first = "waiting";
  const most = STATUSES.reduce((best, one) => ((counts[one] ?? 0) > (counts[best] ?? 0) ? one : best), first);
  const button = document.createElement("button");
  button.type = "button";
  button.className = `cluster is-${most}${total > 99 ? " many" : ""}`;
  button.textContent = total > 9999 ? `${Math.round(total / 1000)}k` : String(total);
  button.setAttribute("aria-label", `${total} ${words.reports}`);
  return button;
}

/**
 * @param {string} code
 * @param {Status} status
 * @param {Words} words
 */
function point(code, status, words) {
  const link = document.createElement("a");
  link.className = `point is-${status}`;
  link.href = `/r/${code}`;
  link.setAttribute("aria-label", `${code}: ${words[status]}`);
  link.title = words[status];
  return link;
}

/**
 * Shows the reports in view, and shows them anew when the map is moved or the page has been renewed.
 * @param {Gl} gl
 * @param {GlMap} map
 * @param {Words} words
 */
export function liveReports(gl, map, words) {
  /** @type {Map<string, Tile>} */
  const seen = new Map();
  /** @type {import("maplibre-gl").Marker[]} */
  let markers = [];
  let turn = 0;

  /** @param {string} tile */
  async function told(tile) {
    const known = seen.get(tile) ?? (await json(`/api/v1/map/${tile}`).catch(() => ({})));
    seen.set(tile, known);
    return /** @type {Tile} */ (known);
  }

  /**
   * @param {HTMLElement} element
   * @param {number} lon
   * @param {number} lat
   */
  const marker = (element, lon, lat) => new gl.Marker({ element }).setLngLat([lon, lat]).addTo(map);

  async function show() {
    turn += 1;
    const mine = turn;
    const tiles = await Promise.all(tilesInView(map).map(told));
    if (mine !== turn) return;
    const focused = document.activeElement instanceof HTMLAnchorElement ? document.activeElement.href : "";
    for (const one of markers) one.remove();
    const clusters = tiles.flatMap((tile) => tile.clusters ?? []);
    const points = tiles.flatMap((tile) => tile.points ?? []);
    markers = [
      ...clusters.map(([lon, lat, counts]) => {
        const button = cluster(counts, words);
        button.addEventListener("click", () => map.easeTo({ center: [lon, lat], zoom: map.getZoom() + 2 }));
        return marker(button, lon, lat);
      }),
      ...points.map(([code, lon, lat, status]) => marker(point(code, status, words), lon, lat)),
    ];
    const again = markers.find((one) => focused && /** @type {any} */ (one.getElement()).href === focused);
    again?.getElement().focus({ preventScroll: true }); // who came by keyboard stays where they were
  }

  map.on("moveend", show);
  document.addEventListener("renewed", () => {
    seen.clear();
    show();
  });
  show();
}
