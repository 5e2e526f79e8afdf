// The whole report on one page, for when there is no network: nothing here needs the server.
import { copyOf, maybe, one } from "./page.js";
import { fitting, placeOf, weightOfWhole } from "./photos.js";
import { keptPlaces } from "./places-kept.js";
import { draft, forgetDraft, keepDraft } from "./waiting.js";
import { wait } from "./waiting-here.js";

/** @typedef {import("./waiting.js").KeptReport} KeptReport */

const form = one("form[data-offline]", HTMLFormElement);
const chosen = one("input[name=photos]", HTMLInputElement, form);
const MOST = 5;
const fields = {
  lon: one("input[name=lon]", HTMLInputElement, form),
  lat: one("input[name=lat]", HTMLInputElement, form),
  text: one("textarea[name=text]", HTMLTextAreaElement, form),
  url: one("input[name=url]", HTMLInputElement, form),
};
/** @type {("lon" | "lat" | "text" | "url")[]} */
const NAMES = ["lon", "lat", "text", "url"];
const kept = await draft().catch(() => undefined);
/** @type {KeptReport} */
const said = { submission_id: crypto.randomUUID(), photos: [], body: "", privacy: "public", ...kept, sending: false };

function fill() {
  for (const name of NAMES) fields[name].value = String(said[name] ?? "");
  const kind = maybe(`input[name=category][value="${CSS.escape(said.category || "")}"]`, HTMLInputElement, form);
  if (kind) {
    kind.checked = true;
    const group = kind.closest("details");
    if (group) group.open = true;
  }
  offer(said.privacy);
  showPhotos();
}

/**
 * Offers what fits the kind: of one that is never public nothing is called public, and nobody is to know the reporter
 * unless they choose otherwise.
 * @param {string} [wanted] what was chosen before
 */
function offer(wanted) {
  const never = Boolean(maybe("input[name=category]:checked[data-never-public]", HTMLInputElement, form));
  const [offered, other] = (never ? ["#privacy-never", "#privacy"] : ["#privacy", "#privacy-never"]).map((part) =>
    one(part, HTMLFieldSetElement, form),
  );
  offered.hidden = offered.disabled = false;
  other.hidden = other.disabled = true;
  if (!wanted && maybe("input:checked", HTMLInputElement, offered)) return;
  const value = wanted ?? (never ? "secret" : "public");
  const choice = maybe(`input[value="${CSS.escape(value)}"]`, HTMLInputElement, offered);
  if (choice) choice.checked = true;
}

function showPhotos() {
  const list = one("[data-photos]", HTMLElement, form);
  const as = one("[data-photos] + template", HTMLTemplateElement, form);
  const lines = said.photos.map((photo, at) => {
    const line = copyOf(as);
    const src = photo.blob ? URL.createObjectURL(photo.blob) : `/report/new/photo/${photo.id}`;
    one("img", HTMLImageElement, line).src = src;
    one("button", HTMLButtonElement, line).onclick = () => {
      said.photos.splice(at, 1);
      showPhotos();
      keepDraft(said);
    };
    return line;
  });
  list.replaceChildren(...lines);
  list.hidden = !said.photos.length;
  const whole = weightOfWhole(said.photos.flatMap(({ blob }) => blob ?? []));
  one("[data-whole]", HTMLElement, form).hidden = !whole;
  one("[data-megabytes]", HTMLElement, form).textContent = whole;
}

function read() {
  for (const name of NAMES) said[name] = fields[name].value.trim();
  const kind = maybe("input[name=category]:checked", HTMLInputElement, form);
  said.category = kind?.value ?? "";
  said.name = kind?.closest(".choice")?.querySelector("span")?.firstChild?.textContent?.trim() ?? "";
  said.needs_place = kind ? kind.hasAttribute("data-place") : true;
  said.privacy = String(new FormData(form).get("privacy") ?? said.privacy);
}

/** Shows what is missing; whether anything is. */
function wrong() {
  const faults = {
    category: !said.category,
    place: Boolean(said.needs_place && !(said.lon && said.lat)),
    words: !said.text && !said.photos.length,
  };
  const told = Object.entries(faults).map(([name, is]) => ({
    is,
    words: one(`[data-wrong=${name}]`, HTMLElement, form),
  }));
  for (const { is, words } of told) words.hidden = !is;
  const first = told.find(({ is }) => is);
  first?.words.scrollIntoView({ block: "center" });
  return Boolean(first);
}

/**
 * @param {number} lon
 * @param {number} lat
 */
function choose(lon, lat) {
  fields.lon.value = lon.toFixed(6);
  fields.lat.value = lat.toFixed(6);
  form.dispatchEvent(new Event("change"));
}

function locate() {
  const here = one("[data-locate]", HTMLElement, form);
  here.hidden = !navigator.geolocation;
  here.addEventListener("click", () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        choose(coords.longitude, coords.latitude);
        one("[data-from-photo]", HTMLElement, form).hidden = true;
        one("[data-located]", HTMLElement, form).hidden = false;
      },
      () => {
        one("[data-locate-wrong]", HTMLElement, form).hidden = false;
      },
      { enableHighAccuracy: true, timeout: 30000 },
    ),
  );
}

/** Shows the search where the phone has places to search in, and how much they take there. */
async function offerPlaces() {
  const places = await keptPlaces();
  if (!places) return;
  one("[data-kept-places]", HTMLElement, form).hidden = false;
  one("[data-kept-name]", HTMLElement, form).textContent = places.name;
  one("[data-kept-size]", HTMLElement, form).textContent = `${Math.ceil(places.bytes / 1000)} kB`;
  form.addEventListener("placed", (event) => {
    const { lon, lat } = /** @type {CustomEvent<import("./places.js").Place>} */ (event).detail;
    choose(lon, lat);
    one("[data-from-photo]", HTMLElement, form).hidden = true;
    one("[data-located]", HTMLElement, form).hidden = false;
  });
}

function note() {
  offer();
  read();
  keepDraft(said);
}

async function finish() {
  read();
  if (wrong()) return;
  one(".thumb .main", HTMLButtonElement, form).disabled = true;
  await wait(said);
  await forgetDraft();
  form.hidden = true;
  one("[data-kept]", HTMLElement).hidden = false;
  scrollTo(0, 0);
}

/** A photo knows where it was taken: that is the place, unless the person has said one. */
async function placeFromPhotos() {
  if (fields.lon.value || fields.lat.value) return;
  for (const { blob } of said.photos) {
    const place = blob ? await placeOf(blob) : null;
    if (!place || fields.lon.value || fields.lat.value) continue;
    choose(place.lon, place.lat);
    one("[data-from-photo]", HTMLElement, form).hidden = false;
  }
}

chosen.addEventListener("change", async () => {
  const given = [...(chosen.files ?? [])];
  const tooLarge = one("[data-too-large]", HTMLElement, form);
  tooLarge.hidden = true;
  one("[data-wrong=photos]", HTMLElement, form).hidden = said.photos.length + given.length <= MOST;
  chosen.value = "";
  for (const photo of given.slice(0, MOST - said.photos.length)) {
    const blob = await fitting(photo);
    if (!blob) tooLarge.hidden = false;
    else said.photos.push({ blob, id: "" });
    showPhotos();
    await keepDraft(said);
  }
  await placeFromPhotos();
});
form.addEventListener("change", note);
form.addEventListener("input", note);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  finish();
});
locate();
offerPlaces();
fill();
await placeFromPhotos();
if (kept?.sending) keepDraft(said); // it did not arrive
