// The queue at a desk: every step by keyboard, the map beside the list, and news that move nothing under a finger.
import { every, maybe } from "../js/page.js";

/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {typeof import("maplibre-gl")} Gl */

const OFF = "desk-keys"; // whoever speaks to their computer has letters of their own (WCAG 2.1.4)
const help = maybe("#keys", HTMLDialogElement);
const more = maybe("#news", HTMLElement);

// The address has the columns that were kept for its reader, so that a colleague who is sent it sees the same.
const whole = maybe("[data-address]", HTMLElement)?.dataset.address ?? "";
if (whole.includes("columns=") && !location.search.includes("columns=")) history.replaceState(null, "", whole);

const rows = () => every("[data-row]", HTMLElement);
/** @param {HTMLElement} row */
const link = (row) => maybe("a", HTMLAnchorElement, row);
const here = () => rows().find((one) => one.contains(document.activeElement));

/** @param {HTMLElement} row */
const tick = (row) => maybe("input[name=row]", HTMLInputElement, row);

/** How many rows are ticked, on the button that goes on with them. */
function countTicks() {
  const count = maybe("#ticked", HTMLElement);
  const ticked = rows().filter((row) => tick(row)?.checked).length;
  if (count) count.textContent = ticked ? `(${ticked})` : "";
}
document.addEventListener("change", countTicks);

function tickHere() {
  const row = here();
  if (row) tick(row)?.click();
}
addEventListener("pageshow", countTicks); // the browser keeps ticks on the way back

/** @param {number} step */
function go(step) {
  const all = rows();
  const now = here();
  const at = now ? all.indexOf(now) + step : step > 0 ? 0 : all.length - 1;
  const next = all[Math.max(0, Math.min(at, all.length - 1))];
  if (!next) return;
  link(next)?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** @param {string} [part] where on its page */
function open(part = "") {
  const row = here();
  const to = row && link(row);
  if (to) location.assign(to.href + part);
}

/** @param {string} selector */
function press(selector) {
  const found = maybe(selector, HTMLElement);
  if (found instanceof HTMLAnchorElement) location.assign(found.href);
  else found?.focus();
}

/** @type {Record<string, () => void>} */
const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  o: () => open(),
  a: () => open("#hands"),
  x: () => tickHere(),
  n: () => press("#more"),
  "/": () => press("#q"),
  m: () => maybe("#map-toggle", HTMLButtonElement)?.click(),
  r: () => location.reload(),
  "?": () => help?.showModal(),
};

/** @param {EventTarget | null} at */
const isWritten = (at) =>
  at instanceof HTMLElement && at.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const isOff = localStorage.getItem(OFF) === "off" && event.key !== "?";
  if (isOff || event.ctrlKey || event.altKey || event.metaKey || isWritten(event.target) || help?.open) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

const keys = maybe("#keys-on", HTMLInputElement);
if (keys) {
  keys.checked = localStorage.getItem(OFF) !== "off";
  keys.addEventListener("change", () => localStorage.setItem(OFF, keys.checked ? "on" : "off"));
}
maybe("#keys-help", HTMLButtonElement)?.addEventListener("click", () => help?.showModal());

// What changed is written in its place. What is new waits behind a line until it is asked for, and what has gone stays
// where it is and says so: no row moves.
document.addEventListener("renewed", (event) => {
  const fresh = event instanceof CustomEvent && event.detail instanceof Document ? event.detail : null;
  if (!fresh) return;
  const there = new Map(every("[data-row]", HTMLElement, fresh).map((one) => [one.dataset.row, one]));
  for (const row of rows()) {
    const now = there.get(row.dataset.row);
    there.delete(row.dataset.row);
    row.classList.toggle("gone", !now);
    if (now && now.innerHTML !== row.innerHTML && !row.contains(document.activeElement)) {
      const ticked = tick(row)?.checked;
      row.replaceChildren(...now.childNodes);
      const box = tick(row);
      if (box) box.checked = Boolean(ticked);
      row.classList.add("changed");
    }
  }
  if (!more || there.size === 0) return;
  more.hidden = false;
  const count = maybe("b", HTMLElement, more);
  if (count) count.textContent = String(there.size);
});

/**
 * Rows and their points on the map light up together.
 * @param {Gl} gl
 * @param {GlMap} map
 */
function points(gl, map) {
  for (const row of rows()) {
    if (!row.dataset.lon || !row.dataset.lat) continue;
    const to = link(row);
    const mark = document.createElement("a");
    mark.className = `point ${[...row.classList].find((one) => one.startsWith("is-")) ?? ""}`;
    mark.href = to?.href ?? "";
    mark.setAttribute("aria-label", `${row.dataset.row}: ${to?.textContent ?? ""}`);
    new gl.Marker({ element: mark }).setLngLat([Number(row.dataset.lon), Number(row.dataset.lat)]).addTo(map);
    /** @param {boolean} on */
    const light = (on) => {
      row.classList.toggle("lit", on);
      mark.classList.toggle("lit", on);
    };
    for (const one of [row, mark]) {
      for (const name of ["pointerenter", "focusin"]) one.addEventListener(name, () => light(true));
      for (const name of ["pointerleave", "focusout"]) one.addEventListener(name, () => light(false));
    }
    mark.addEventListener("focus", () => row.scrollIntoView({ block: "nearest" }));
  }
}

const map = maybe("#desk-map", HTMLElement);
map?.addEventListener("drawn", (event) => {
  if (event instanceof CustomEvent) points(event.detail.gl, event.detail.map);
});
maybe("#map-toggle", HTMLButtonElement)?.addEventListener("click", (event) => {
  const shown = document.body.classList.toggle("with-map");
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.setAttribute("aria-expanded", String(shown));
  if (shown) map?.parentElement?.scrollIntoView({ block: "start" }); // it stands below the list
});
