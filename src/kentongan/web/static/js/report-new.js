// The report form's comforts. Without this file every step still works: the server keeps the draft.
import { go } from "./map.js";
import { every, maybe, one, sprite } from "./page.js";
import { draft, keepDraft } from "./waiting.js";

/** @typedef {import("./waiting.js").KeptReport} KeptReport */

const form = maybe("form[data-step]", HTMLFormElement);
/** @type {("lon" | "lat" | "category" | "text" | "url" | "privacy" | "body")[]} */
const KEPT = ["lon", "lat", "category", "text", "url", "privacy", "body"];

/** @param {HTMLFormElement} form */
function pickPlace(form) {
  const place = one("[data-map]", HTMLElement, form);
  const here = one("[data-locate]", HTMLElement, form);
  /**
   * @param {number} lon
   * @param {number} lat
   */
  const choose = (lon, lat) => {
    one("input[name=lon]", HTMLInputElement, form).value = lon.toFixed(6);
    one("input[name=lat]", HTMLInputElement, form).value = lat.toFixed(6);
  };
  place.addEventListener("picked", (event) => {
    const { lng, lat } = /** @type {CustomEvent} */ (event).detail;
    choose(lng, lat);
    for (const point of every("input[name=point]", HTMLInputElement, form)) point.checked = false;
  });
  form.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.name !== "point") return;
    const [lon, lat] = target.value.split(",").map(Number);
    choose(lon, lat);
    go(place, lon, lat, 15);
  });
  if (!navigator.geolocation) return;
  here.hidden = false;
  here.addEventListener("click", () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        choose(coords.longitude, coords.latitude);
        go(place, coords.longitude, coords.latitude, 17);
      },
      () => {
        one("[data-locate-wrong]", HTMLElement, form).hidden = false;
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    ),
  );
}

/** @param {{ code: string, name: string, icon: string }} kind */
function choiceOf(kind) {
  const choice = document.createElement("label");
  choice.className = "choice";
  const icon = `${sprite()}#${encodeURIComponent(kind.icon)}`;
  choice.innerHTML = `<input type="radio" name="category">
    <svg class="icon" aria-hidden="true"><use/></svg><span></span>`;
  one("use", SVGUseElement, choice).setAttribute("href", icon);
  one("input", HTMLInputElement, choice).value = kind.code;
  one("span", HTMLElement, choice).textContent = kind.name;
  return choice;
}

/** @param {HTMLFormElement} form */
function suggestKind(form) {
  const words = one("input[data-suggest-from]", HTMLInputElement, form);
  const box = one("[data-suggested]", HTMLElement, form);
  async function suggest() {
    const asked = `${form.dataset.suggest}?text=${encodeURIComponent(words.value)}`;
    const answer = await fetch(asked).catch(() => null);
    if (!answer?.ok) return;
    /** @type {{ items: { code: string, name: string, icon: string }[] }} */
    const { items } = await answer.json();
    for (const old of every(".choice", HTMLElement, box)) old.remove();
    const choices = items.map(choiceOf);
    box.append(...choices);
    box.hidden = !items.length;
    if (choices.length && !form.querySelector("input[name=category]:checked"))
      one("input", HTMLInputElement, choices[0]).checked = true;
  }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, 300);
  });
}

/**
 * The value that the form holds under a name; undefined where it does not ask for it.
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function told(form, name) {
  const value = form.elements.namedItem(name) ? new FormData(form).get(name) : undefined;
  return value === undefined ? undefined : String(value ?? "");
}

/**
 * Each answer is kept on the phone at once: a lost page loses nothing, and where the network ends the page that works
 * without one goes on with it.
 * @param {HTMLFormElement} form
 */
async function keepOnPhone(form) {
  const before = await draft();
  /** @type {KeptReport} */
  const said = JSON.parse(form.dataset.draft ?? "{}");
  const text = form.elements.namedItem("text"); // a line or a box, by step
  if (before?.submission_id === said.submission_id && before.text && !said.text) {
    said.text = before.text;
    const writes = text instanceof HTMLTextAreaElement || text instanceof HTMLInputElement;
    if (writes && !text.value) text.value = before.text;
  }
  await keepDraft(said);
  const note = () => {
    for (const name of KEPT) said[name] = told(form, name) ?? said[name];
    return keepDraft(said);
  };
  for (const kind of ["input", "change", "picked"]) form.addEventListener(kind, note);
  form.addEventListener("submit", (event) => {
    said.sending = event.submitter instanceof HTMLButtonElement && event.submitter.name === "send";
    note();
  });
  return said;
}

/**
 * @param {HTMLFormElement} form
 * @param {Promise<KeptReport | null>} kept
 */
function keepPhotos(form, kept) {
  const photos = one("input[name=photos]", HTMLInputElement, form);
  photos.addEventListener("change", async () => {
    const said = await kept;
    said?.photos.push(...[...(photos.files ?? [])].map((blob) => ({ blob, id: "" })));
    if (said) await keepDraft(said).catch(() => {});
    form.requestSubmit();
  });
}

if (form) {
  const kept = keepOnPhone(form).catch(() => null);
  const { step } = form.dataset;
  if (step === "photo") keepPhotos(form, kept);
  if (step === "place") pickPlace(form);
  if (step === "kind") suggestKind(form);
  // A second tap is harmless on the server; here it is spared the wait.
  form.addEventListener("submit", () =>
    setTimeout(() => {
      for (const button of every(".thumb button", HTMLButtonElement, form)) button.disabled = true;
    }),
  );
}
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
document.getElementById("errors")?.focus();
