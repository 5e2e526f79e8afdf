// The important numbers: near the phone, also without a network, and which of them are open by the phone's own clock.
import { every, maybe } from "./page.js";

const WEEK = 10_080; // minutes
const DEGREE = 111_195; // metres of latitude
const list = maybe("[data-numbers]", HTMLElement);

/** @param {HTMLElement} item */
function isOpen(item) {
  const spans = item.dataset.week;
  if (!spans) return null;
  const minutes = Math.floor(Date.now() / 60_000) + Number(list?.dataset.offset ?? 420);
  const minute = (((minutes + 3 * 1440) % WEEK) + WEEK) % WEEK; // the first of January 1970 was a Thursday
  return spans.split(",").some((span) => {
    const [from, to] = span.split("-").map(Number);
    return from <= minute && minute < to;
  });
}

/** Says what is open now: the page may be kept since yesterday. */
function tellOpen() {
  for (const group of every("[data-group]", HTMLElement)) {
    const items = every("[data-number]", HTMLElement, group);
    const states = items.map(isOpen);
    const first = states.findIndex((state) => state !== false);
    items.forEach((item, at) => {
      for (const tag of every("[data-open]", HTMLElement, item)) {
        tag.hidden = states[at] === null || (tag.dataset.open === "yes") !== states[at];
      }
      for (const tag of every("[data-next]", HTMLElement, item)) {
        tag.hidden = !(first > 0 && at === first && states[at]);
      }
    });
  }
}

/**
 * Puts what has a place in the order of its distance.
 * @param {number} lon
 * @param {number} lat
 */
function sortFrom(lon, lat) {
  /** @type {Intl.NumberFormatOptions} */
  const written = { style: "unit", unit: "kilometer", maximumFractionDigits: 1 };
  const east = DEGREE * Math.cos((lat * Math.PI) / 180);
  for (const group of every("[data-group]", HTMLElement)) {
    const far = every("[data-number]:not([data-lon=''])", HTMLElement, group).map((item) => {
      const metres = Math.hypot((Number(item.dataset.lon) - lon) * east, (Number(item.dataset.lat) - lat) * DEGREE);
      const told = maybe("[data-distance]", HTMLElement, item);
      if (told) {
        told.textContent = `${new Intl.NumberFormat(document.documentElement.lang, written).format(metres / 1000)} ·`;
        told.hidden = false;
      }
      return { item, metres };
    });
    far.sort((one, other) => one.metres - other.metres);
    for (const { item } of far) item.parentElement?.append(item);
  }
  tellOpen();
}

/** @param {GeolocationPosition} position */
function here({ coords }) {
  const { longitude, latitude } = coords;
  if (navigator.onLine && !list?.dataset.whole) {
    location.assign(`/nomor?lon=${longitude.toFixed(4)}&lat=${latitude.toFixed(4)}`);
  } else sortFrom(longitude, latitude);
}

const button = maybe("[data-here]", HTMLButtonElement);
if (button && navigator.geolocation) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    const done = () => {
      button.disabled = false;
    };
    const found = (/** @type {GeolocationPosition} */ position) => {
      done();
      here(position);
    };
    const failed = () => {
      done();
      const note = maybe("[data-no-place]", HTMLElement);
      if (note) note.hidden = false;
    };
    navigator.geolocation.getCurrentPosition(found, failed, { timeout: 15_000, maximumAge: 60_000 });
  });
}
tellOpen();
setInterval(tellOpen, 60_000);
if (list?.dataset.province && navigator.serviceWorker) {
  const province = list.dataset.province;
  void navigator.serviceWorker.ready.then(({ active }) => active?.postMessage({ keepNumbers: province }));
}
