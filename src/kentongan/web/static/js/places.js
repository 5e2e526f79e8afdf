// The box in which a place is sought: a list below it while somebody writes, by keys, by touch and by ear (the combobox
// pattern of WAI-ARIA 1.2 with a list). Without this file the box is a part of its form like any other.
import { every, maybe } from "./page.js";
import { findKept } from "./places-kept.js";

/** @typedef {{ kind: string, label: string, name: string, within: string, code: string | null, lon: number,
 *    lat: number, distance: number | null, phone: string, hours: string }} Place */

const PAUSE = 200; // milliseconds without a key, after which it is asked
const LEAST = 2; // letters
const ZOOMS = { coordinate: 17, landmark: 17, asset: 18, street: 16 };
const AREA_ZOOMS = [8, 10, 12, 14]; // by the number of dots in its code
const WORDS =
  document.documentElement.lang === "en"
    ? { none: "No place found.", some: "places found. Use the arrow keys.", list: "Places" }
    : { none: "Tidak ada tempat yang ditemukan.", some: "tempat ditemukan. Gunakan tombol panah.", list: "Tempat" };

/**
 * How near a map shows a place of this kind.
 * @param {Place} place
 */
export function zoomOf({ kind, code }) {
  return ZOOMS[/** @type {keyof typeof ZOOMS} */ (kind)] ?? AREA_ZOOMS[(code ?? "").split(".").length - 1] ?? 12;
}

/**
 * @param {number} metres
 * @returns {string} "350 m", "1,2 km", "840 km" as the reader writes numbers
 */
function told(metres) {
  const [value, unit] = metres < 1000 ? [Math.round(metres / 10) * 10, "m"] : [metres / 1000, "km"];
  const digits = unit === "km" && value < 10 ? 1 : 0;
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: digits });
  return `${number.format(value)} ${unit}`;
}

/**
 * @param {string} text
 * @param {HTMLElement | null} map
 * @param {AbortSignal} signal
 * @returns {Promise<Place[]>}
 */
async function asked(text, map, signal) {
  const { middle, lon, lat } = map?.dataset ?? {};
  const near = middle ?? (lon && lat ? `${lon},${lat}` : "");
  const given = new URLSearchParams({ q: text, limit: "8", ...(near && { near }) });
  const answer = await fetch(`/api/v1/places?${given}`, { signal });
  return answer.ok ? (await answer.json()).items : [];
}

/** A box with its list. It tells what was chosen by the event `placed` on the box, with the place as its detail. */
class Finder {
  /** @type {Place[]} */
  #places = [];
  #active = -1;
  #asking = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;

  /**
   * @param {HTMLInputElement} box
   * @param {HTMLElement | null} map the map of the page: what is near its middle comes first
   */
  constructor(box, map) {
    this.box = box;
    this.map = map;
    const chosen = box.form?.elements.namedItem("at");
    this.chosen = chosen instanceof HTMLInputElement ? chosen : null; // where choosing is all that the form is for
    this.list = document.createElement("ul");
    Object.assign(this.list, { id: `${box.id}-list`, role: "listbox", ariaLabel: WORDS.list, hidden: true });
    this.list.className = "finder-list";
    this.news = Object.assign(document.createElement("p"), { className: "unseen", role: "status" });
    box.after(this.list, this.news);
    Object.assign(box, { role: "combobox", autocomplete: "off", ariaAutoComplete: "list", ariaExpanded: "false" });
    box.setAttribute("aria-controls", this.list.id);
    box.addEventListener("input", () => {
      if (this.chosen) this.chosen.value = ""; // another place is meant now
      this.#later();
    });
    box.addEventListener("keydown", (event) => this.#pressed(event));
    box.addEventListener("blur", () => this.#close());
    // A touch would take the focus from the box, and the list with it, before it is a click.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", ({ target }) => {
      const line = target instanceof Element ? target.closest("[role=option]") : null;
      if (line) this.#choose([...this.list.children].indexOf(line));
    });
  }

  #later() {
    clearTimeout(this.#waiting);
    this.#asking.abort(); // what comes late is not shown over what was asked after it
    this.#waiting = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    const text = this.box.value.trim();
    if (text.length < LEAST) {
      this.news.textContent = "";
      return this.#close();
    }
    this.#asking = new AbortController();
    try {
      this.#show(await asked(text, this.map, this.#asking.signal));
    } catch {
      if (this.#asking.signal.aborted) return; // something else is asked meanwhile
      this.#show(await findKept(text)); // no network
    }
  }

  /** @param {Place[]} places */
  #show(places) {
    this.#places = places;
    this.list.replaceChildren(...places.map((place, at) => this.#line(place, at)));
    this.news.textContent = places.length ? `${places.length} ${WORDS.some}` : WORDS.none;
    this.news.className = places.length ? "unseen" : "finder-none"; // nothing found is not to be told by ear alone
    this.#open(places.length > 0 && document.activeElement === this.box);
  }

  /**
   * @param {Place} place
   * @param {number} at
   */
  #line(place, at) {
    const line = document.createElement("li");
    Object.assign(line, { id: `${this.list.id}-${at}`, role: "option", ariaSelected: "false" });
    const more = [place.within, place.hours, place.phone, place.distance === null ? "" : told(place.distance)];
    const small = Object.assign(document.createElement("small"), { textContent: more.filter(Boolean).join(" · ") });
    line.append(place.name, small);
    return line;
  }

  /** @param {boolean} is */
  #open(is) {
    this.list.hidden = !is;
    this.box.ariaExpanded = String(is);
    this.#mark(-1);
  }

  #close() {
    clearTimeout(this.#waiting);
    this.#asking.abort();
    this.#open(false);
  }

  /** @param {number} at */
  #mark(at) {
    this.#active = at;
    for (const [number, line] of [...this.list.children].entries()) line.ariaSelected = String(number === at);
    const line = this.list.children[at];
    if (line) {
      this.box.setAttribute("aria-activedescendant", line.id);
      line.scrollIntoView({ block: "nearest" });
    } else this.box.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!this.#places.length) return this.#ask();
      const was = this.list.hidden ? -1 : this.#active;
      if (this.list.hidden) this.#open(true);
      const { length } = this.#places;
      if (key === "ArrowDown") this.#mark(was + 1 < length ? was + 1 : 0);
      else this.#mark(was > 0 ? was - 1 : length - 1);
    } else if (key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.#close();
    } else if (key === "Enter") {
      event.preventDefault();
      if (!this.list.hidden && this.#active >= 0) this.#choose(this.#active);
      else this.#submit();
    }
  }

  /** As the button beside the box does: a form's first button may be for something else, and there may be none. */
  #submit() {
    this.#close();
    const button = this.box.closest(".finder")?.querySelector("button");
    if (button) this.box.form?.requestSubmit(button);
  }

  /** @param {number} at */
  #choose(at) {
    const place = this.#places[at];
    this.box.value = place.label;
    this.#close();
    this.news.textContent = place.label;
    this.box.dispatchEvent(new CustomEvent("placed", { bubbles: true, detail: place }));
    if (!this.chosen) return;
    this.chosen.value = place.code ?? `${place.lon.toFixed(6)},${place.lat.toFixed(6)}`;
    this.#submit();
  }
}

for (const box of every("input[data-places]", HTMLInputElement)) new Finder(box, maybe("[data-map]", HTMLElement));
