// The report form's comforts. Without this file every step still works: the server keeps the draft.
import { go } from "./map.js";
import { every, maybe, one, sprite } from "./page.js";
import { zoomOf } from "./places.js";
import { keepPlaces } from "./places-kept.js";
import { fitting, put, weightOfWhole } from "./photos.js";
import { draft, keepDraft } from "./waiting.js";

/** @typedef {import("./waiting.js").KeptReport} KeptReport */

const form = maybe("form[data-step]", HTMLFormElement);
/** @type {("lon" | "lat" | "category" | "text" | "url" | "privacy" | "body")[]} */
const KEPT = ["lon", "lat", "category", "text", "url", "privacy", "body"];

/**
 * A phone loads a tab again that it had put aside: its address says which draft it shows, as another tab may have one.
 * @param {HTMLFormElement} form
 */
function sayWhich(form) {
  const said = new URLSearchParams(location.search);
  if (!said.has("step")) return; // the first page offers whatever was begun last
  said.delete("draft");
  const draft = one("input[name=submission_id]", HTMLInputElement, form).value;
  history.replaceState(history.state, "", `?draft=${draft}&${said}${location.hash}`);
}

/** @param {HTMLFormElement} form */
function pickPlace(form) {
  const place = one("[data-map]", HTMLElement, form);
  const here = one("[data-locate]", HTMLElement, form);
  /**
   * @param {number} lon
   * @param {number} lat
   * @param {string} how which of the page's sentences says what the map shows now
   * @param {string} [name]
   */
  const choose = (lon, lat, how, name = "") => {
    one("input[name=lon]", HTMLInputElement, form).value = lon.toFixed(6);
    one("input[name=lat]", HTMLInputElement, form).value = lat.toFixed(6);
    for (const words of every("[data-shows]", HTMLElement, form)) words.hidden = words.dataset.shows !== how;
    for (const wrong of every("#errors, form#step > .wrong-words[id]", HTMLElement)) wrong.remove(); // it is put right
    const named = maybe(`[data-shows=${how}] b`, HTMLElement, form);
    if (named) named.textContent = name;
  };
  // A ticked place would be taken before the boxes: whoever names another one since means that.
  const untick = () => {
    for (const point of every("input[name=point]", HTMLInputElement, form)) point.checked = false;
  };
  place.addEventListener("picked", (event) => {
    const { lng, lat } = /** @type {CustomEvent} */ (event).detail;
    choose(lng, lat, "picked");
    untick();
  });
  form.addEventListener("placed", (event) => {
    const found = /** @type {CustomEvent<import("./places.js").Place>} */ (event).detail;
    choose(found.lon, found.lat, "found", found.label);
    untick();
    go(place, found.lon, found.lat, zoomOf(found));
    form.dispatchEvent(new Event("change"));
  });
  form.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.name !== "point") return;
    const [lon, lat] = target.value.split(",").map(Number);
    choose(lon, lat, "found", target.closest("label")?.querySelector("span")?.firstChild?.textContent ?? "");
    go(place, lon, lat, 15);
  });
  form.addEventListener("input", ({ target }) => {
    if (target instanceof HTMLInputElement && ["lon", "lat"].includes(target.name)) untick();
  });
  if (!navigator.geolocation) return;
  here.hidden = false;
  here.addEventListener("click", () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        choose(coords.longitude, coords.latitude, "here");
        untick();
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
    const asked = new URL(form.dataset.suggest ?? "", location.href);
    asked.searchParams.set("text", words.value);
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
 * What is answered on the page to each question that stands on it.
 * @param {HTMLFormElement} form
 */
function answersOf(form) {
  const data = new FormData(form);
  const codes = String(data.get("asked") ?? "").split(",");
  return Object.fromEntries(
    codes.filter(Boolean).map((code) => {
      const given = data.getAll(`answer_${code}`).map(String).filter(Boolean);
      return [code, given.length > 1 ? given : (given[0] ?? "")];
    }),
  );
}

/**
 * Another body may ask something else: the page comes anew with that, and with all that is written.
 * @param {HTMLFormElement} form
 */
function askAnew(form) {
  const anew = maybe("#ask-anew", HTMLButtonElement, form);
  if (anew) maybe("#body[data-asks]", HTMLElement, form)?.addEventListener("change", () => form.requestSubmit(anew));
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
    said.answers = { ...said.answers, ...answersOf(form) };
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
 * Sends the form and tells how far it is (0 to 1).
 * @param {HTMLFormElement} form
 * @param {FormData} data
 * @param {(part: number) => void} tell
 * @returns {Promise<string>} where it leads
 * @throws where it did not arrive, or was not taken
 */
function sent(form, data, tell) {
  return new Promise((done, failed) => {
    const asked = new XMLHttpRequest(); // fetch does not tell how much has left
    asked.open("POST", form.action);
    asked.setRequestHeader("accept", "application/json");
    asked.responseType = "json";
    asked.upload.onprogress = ({ loaded, total }) => tell(loaded / total);
    asked.onload = () => (asked.response?.next ? done(asked.response.next) : failed(new Error(String(asked.status))));
    asked.onerror = () => failed(new Error("no network"));
    asked.send(data);
  });
}

/**
 * Photos are made small beside the page, kept on the phone, and sent with their progress shown.
 * @param {HTMLFormElement} form
 * @param {Promise<KeptReport | null>} kept
 */
function keepPhotos(form, kept) {
  const photos = one("input[name=photos]", HTMLInputElement, form);
  const box = maybe("[data-progress]", HTMLElement, form);
  const bar = box && maybe("progress", HTMLProgressElement, box);
  /** @param {"shrinking" | "sending" | "whole"} doing */
  const say = (doing) => {
    if (!box) return;
    box.hidden = false;
    for (const words of every("[data-doing]", HTMLElement, box)) words.hidden = words.dataset.doing !== doing;
  };
  photos.addEventListener("change", async () => {
    const chosen = [...(photos.files ?? [])];
    const tooLarge = one("[data-too-large]", HTMLElement, form);
    tooLarge.hidden = true;
    if (!chosen.length) return;
    const buttons = every(".thumb button", HTMLButtonElement, form);
    for (const button of buttons) button.disabled = true;
    photos.disabled = true; // whoever chose more meanwhile would lose them: the page leaves when these have arrived
    say("shrinking");
    const made = [];
    for (const photo of chosen) {
      const small = await fitting(photo);
      if (small) made.push(small);
      if (bar) bar.value = (made.length / chosen.length) * 0.2; // making takes a fifth of the time on a slow network
    }
    if (made.length < chosen.length) {
      photos.value = ""; // told before a megabyte has left
      tooLarge.hidden = photos.disabled = false;
      if (box) box.hidden = true;
      for (const button of buttons) button.disabled = false;
      return;
    }
    put(photos, made);
    photos.disabled = false; // what is not open to choose is not sent either
    const data = new FormData(form);
    photos.disabled = true;
    const said = await kept;
    said?.photos.push(...made.map((blob) => ({ blob, id: "" })));
    if (said) await keepDraft(said).catch(() => {});
    const whole = weightOfWhole(made);
    const named = box && maybe("[data-megabytes]", HTMLElement, box);
    if (named) named.textContent = whole;
    say(whole ? "whole" : "sending");
    const tell = (/** @type {number} */ part) => {
      if (bar) bar.value = 0.2 + part * 0.8;
    };
    const next = await sent(form, data, tell).catch(() => "");
    photos.disabled = false;
    if (next) location.assign(next);
    else form.requestSubmit(); // as without this file: the page says what is wrong, or goes on without a network
  });
}

if (form) {
  sayWhich(form);
  const kept = keepOnPhone(form).catch(() => null);
  const { step } = form.dataset;
  keepPlaces(form.dataset.province ?? "");
  if (step === "photo") keepPhotos(form, kept);
  if (step === "place") pickPlace(form);
  if (step === "kind") suggestKind(form);
  if (step === "words") askAnew(form);
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
