// An officer's tasks on a phone: photo, note and result are written down here first, and sent when there is a network.
import { copyOf, every, maybe, one } from "../js/page.js";
import { fitting } from "../js/photos.js";
import { all, draft, forget, forgetDraft, keepDraft } from "../js/waiting.js";
import { wait } from "../js/waiting-here.js";
import { closeCamera, openCamera, shoot } from "./camera.js";
import { follow, leave, metresTo, standing } from "./standing.js";

/** @typedef {import("../js/waiting.js").KeptReport} Kept */

const MOST = 5; // photos of each side
const NEAR = 250; // metres, as the server has it
const NUMBER = new Intl.NumberFormat(document.documentElement.lang);
const whose = document.documentElement.dataset.whose ?? "";
const unsent = one("[data-unsent]", HTMLElement);
const work = one("#work", HTMLDialogElement);
const video = one("video", HTMLVideoElement, work);
const ghost = one("img[data-ghost]", HTMLImageElement, work);
const words = one("[name=text]", HTMLTextAreaElement, work);
const reason = one("[name=no_photo_reason]", HTMLTextAreaElement, work);
const file = one("#field-photo", HTMLInputElement, work);

/** @type {Kept | null} */
let said = null;
/** @type {HTMLElement | null} */
let card = null;
/** Tasks whose result waited when this page last looked. @type {Set<string>} */
let waited = new Set();

/** @param {string} code */
const nameOf = (code) => `result:${whose}:${code}`; // a colleague on this phone has a draft of their own
/** @param {string} code */
const cardOf = (code) => maybe(`#${CSS.escape(code)}[data-task]`, HTMLElement);
const role = () => one("[name=role]:checked", HTMLInputElement, work).value;

/**
 * Opens a task, with what was begun before.
 * @param {HTMLElement} of
 * @param {Kept} [kept]
 */
async function begin(of, kept) {
  card = of;
  const { task = "", name = "", seq = "" } = of.dataset;
  const before = kept ?? (await draft(nameOf(of.id)).catch(() => undefined));
  const mine = before?.whose === whose ? before : null;
  const fresh = { submission_id: crypto.randomUUID(), photos: [] };
  // What is newer than the draft was read just now, on this page.
  said = { ...fresh, ...mine, refused: "", what: "", to: task, code: of.id, name, seq, whose };
  one("#work-title", HTMLElement, work).textContent = name;
  words.value = said.text ?? "";
  reason.value = said.no_photo_reason ?? "";
  one("[name=role][value=after]", HTMLInputElement, work).checked = true;
  for (const wrong of every("[data-wrong]", HTMLElement, work)) wrong.hidden = true;
  every("[data-do]", HTMLButtonElement, work).forEach((button) => {
    button.disabled = false;
  });
  showPhotos();
  work.showModal();
  follow(tellStanding);
  tellStanding(null);
  await showCamera();
}

/** @param {import("./standing.js").Spot | null} spot */
function tellStanding(spot) {
  const { lon, lat } = card?.dataset ?? {};
  const metres = spot && lon && lat ? metresTo(spot, Number(lon), Number(lat)) : null;
  const state = spot === null ? "none" : metres === null || metres <= NEAR ? "here" : "far";
  for (const name of ["none", "here", "far"]) {
    one(`[data-standing-${name}]`, HTMLElement, work).hidden = name !== state;
  }
  one("[data-metres]", HTMLElement, work).textContent = metres === null ? "" : NUMBER.format(Math.round(metres));
}

async function showCamera() {
  const has = await openCamera(video);
  if (!work.open) return closeCamera(video);
  one("[data-stage]", HTMLElement, work).hidden = !has;
  one("[data-shutter]", HTMLElement, work).hidden = !has;
  showGhost();
}

/** The photo from before lies over the picture: the officer's own, or the reporter's. */
function showGhost() {
  const own = said?.photos.findLast((photo) => photo.role === "before" && photo.blob)?.blob;
  const source = own ? URL.createObjectURL(own) : card?.dataset.ghost;
  ghost.hidden = role() !== "after" || !source;
  if (source) ghost.src = source;
  one("[data-stand]", HTMLElement, work).hidden = ghost.hidden || one("[data-stage]", HTMLElement, work).hidden;
}

function showPhotos() {
  const list = one("[data-photos]", HTMLElement, work);
  const as = one("[data-photos] + template", HTMLTemplateElement, work);
  const photos = said?.photos ?? [];
  list.replaceChildren(
    ...photos.map((photo, at) => {
      const line = copyOf(as);
      if (photo.blob) one("img", HTMLImageElement, line).src = URL.createObjectURL(photo.blob);
      one("button", HTMLButtonElement, line).onclick = () => {
        said?.photos.splice(at, 1);
        showPhotos();
        note();
      };
      return line;
    }),
  );
  list.hidden = !photos.length;
}

/** Writes down what was begun: a phone that goes off in the street loses nothing. */
async function note() {
  if (!said) return;
  said.text = words.value.trim();
  said.no_photo_reason = reason.value.trim();
  await keepDraft(said, nameOf(said.code ?? "")).catch(() => {
    one("[data-wrong=room]", HTMLElement, work).hidden = false;
  });
}

/** @param {File} photo */
async function add(photo) {
  const kept = said;
  const side = role();
  if (!kept || kept.photos.filter((other) => other.role === side).length >= MOST) return;
  const buttons = every("[data-do]", HTMLButtonElement, work);
  for (const button of buttons) button.disabled = true; // a result does not leave without the photo on its way into it
  const blob = await fitting(photo);
  if (blob) kept.photos.push({ blob, id: "", role: side });
  for (const button of buttons) button.disabled = Boolean(said?.what);
  one("[data-wrong=large]", HTMLElement, work).hidden = Boolean(blob);
  if (!blob) return;
  one("[data-wrong=photo]", HTMLElement, work).hidden = true;
  showPhotos();
  if (said !== kept) {
    // Closed while the photo was made small: it is there when the task is opened again, unless it was sent meanwhile.
    if (!kept.what) await keepDraft(kept, nameOf(kept.code ?? "")).catch(() => {});
    return;
  }
  await note();
  // After the photo from before comes the one from after, from the same place.
  if (side === "before") one("[name=role][value=after]", HTMLInputElement, work).checked = true;
  showGhost();
}

/** @param {string} what */
function lacks(what) {
  const after = said?.photos.some((photo) => photo.role !== "before");
  one("[data-wrong=photo]", HTMLElement, work).hidden = what !== "resolve" || Boolean(after || reason.value.trim());
  one("[data-wrong=text]", HTMLElement, work).hidden = what !== "note" || Boolean(words.value.trim());
  const first = every("[data-wrong=photo], [data-wrong=text]", HTMLElement, work).find((wrong) => !wrong.hidden);
  first?.scrollIntoView({ block: "center" });
  return Boolean(first);
}

/**
 * Keeps the result and tries to send it.
 * @param {string} what
 */
async function finish(what) {
  const kept = said;
  if (!kept || lacks(what)) return;
  const buttons = every("[data-do]", HTMLButtonElement, work);
  for (const button of buttons) button.disabled = true; // a second touch of a glove
  kept.what = what;
  await note();
  const spot = await standing();
  const now = Date.now();
  Object.assign(kept, { said_at: new Date(now).toISOString(), lon: "", lat: "", accuracy: "", age: "" });
  if (spot) {
    kept.lon = spot.lon.toFixed(6);
    kept.lat = spot.lat.toFixed(6);
    kept.accuracy = String(Math.round(spot.accuracy));
    kept.age = String(Math.max(0, Math.round((now - spot.at) / 1000)));
  }
  try {
    // A note leaves the photos to the result: they stay in the draft for it.
    const sent = what === "note" ? { ...kept, photos: [] } : kept;
    await wait(sent);
    if (what === "note" && kept.photos.length) {
      const rest = { ...kept, submission_id: crypto.randomUUID(), text: "", kept_at: undefined };
      await keepDraft(rest, nameOf(kept.code ?? ""));
    } else await forgetDraft(nameOf(kept.code ?? ""));
  } catch {
    for (const button of buttons) button.disabled = false;
    kept.what = "";
    one("[data-wrong=room]", HTMLElement, work).hidden = false;
    return;
  }
  work.close();
  scrollTo(0, 0);
  await show();
}

/** @param {Kept} kept */
function lineOf(kept) {
  const line = copyOf(one(`#unsent-${kept.refused ? "refused" : "waiting"}`, HTMLTemplateElement));
  one("[data-name]", HTMLElement, line).textContent = kept.name ?? "";
  one("[data-said]", HTMLElement, line).textContent = kept.text || kept.no_photo_reason || "";
  if (!kept.refused) return line;
  one("[data-why]", HTMLElement, line).textContent = kept.refused;
  one("[data-open]", HTMLAnchorElement, line).href = `/console/reports/${kept.code}`;
  const photos = kept.photos.flatMap(({ blob }) => (blob ? [photoOf(blob)] : []));
  one("[data-photos]", HTMLElement, line).append(...photos);
  const mend = one("[data-mend]", HTMLButtonElement, line);
  const of = cardOf(kept.code ?? "");
  mend.hidden = !of; // it is no task of mine any more: what was written is for copying
  mend.onclick = async () => {
    if (!of) return;
    // What was begun anew since is no less worth.
    const begun = await draft(nameOf(of.id)).catch(() => undefined);
    const photos = [...kept.photos, ...(begun?.photos ?? [])];
    const text = [...new Set([kept.text, begun?.text])].filter(Boolean).join("\n");
    await keepDraft({ ...kept, photos, text, refused: "" }, nameOf(of.id));
    await forget(kept.submission_id);
    await show();
    await begin(of);
  };
  const end = one("[data-delete]", HTMLButtonElement, line);
  end.onclick = async () => {
    if (!end.dataset.asked) {
      end.dataset.asked = "yes";
      one("span", HTMLElement, end).textContent = end.dataset.sure ?? "";
      return;
    }
    await forget(kept.submission_id);
    await show();
  };
  return line;
}

/** @param {Blob} blob */
function photoOf(blob) {
  const line = copyOf(one("#unsent-photo", HTMLTemplateElement));
  const address = URL.createObjectURL(blob);
  one("a", HTMLAnchorElement, line).href = address;
  one("img", HTMLImageElement, line).src = address;
  return line;
}

/**
 * What waits on this phone of what this person wrote.
 * @returns {Promise<boolean>} whether a result that waited was taken since
 */
async function show() {
  const found = await all().catch(() => null);
  if (!found) return false;
  const kept = found.filter((result) => result.to && result.whose === whose);
  unsent.replaceChildren(...kept.map(lineOf));
  const results = kept.filter(({ what }) => what === "resolve");
  const waits = new Set(results.filter(({ refused }) => !refused).map(({ code = "" }) => code));
  // What waited and is gone was taken: this page sent it, another one, or the browser by itself.
  const taken = [...waited].filter((code) => !results.some((result) => result.code === code));
  for (const code of taken) cardOf(code)?.remove();
  waited = waits;
  for (const task of every("[data-task]", HTMLElement)) {
    one("[data-state]", HTMLElement, task).hidden = !waits.has(task.id);
    one("[data-work]", HTMLElement, task).hidden = waits.has(task.id);
  }
  return taken.length > 0;
}

/** The page that the phone has kept is made anew. */
async function renew() {
  const worker = await navigator.serviceWorker?.ready;
  worker?.active?.postMessage({ keepTasks: true });
}

addEventListener("turned", async (event) => {
  const sent = /** @type {CustomEvent<import("../js/waiting.js").Sent[]>} */ (event).detail;
  for (const { of } of sent) if (of.to && of.what === "resolve") cardOf(of.code ?? "")?.remove();
  const taken = await show();
  if (taken || sent.length) await renew();
});
for (const button of every("[data-work]", HTMLButtonElement)) {
  button.onclick = () => {
    const of = button.closest("[data-task]");
    if (of instanceof HTMLElement) begin(of);
  };
}
for (const button of every("[data-do]", HTMLButtonElement, work)) {
  button.onclick = () => finish(button.dataset.do ?? "");
}
one("[data-close]", HTMLButtonElement, work).onclick = () => work.close();
one("[data-shutter]", HTMLButtonElement, work).onclick = async () => {
  const photo = await shoot(video);
  if (photo) await add(photo);
};
file.addEventListener("change", async () => {
  for (const photo of [...(file.files ?? [])]) await add(photo);
  file.value = "";
});
for (const side of every("[name=role]", HTMLInputElement, work)) side.addEventListener("change", showGhost);
for (const field of [words, reason]) field.addEventListener("input", note);
one("form", HTMLFormElement, work).addEventListener("submit", (event) => event.preventDefault());
work.addEventListener("close", () => {
  closeCamera(video);
  leave();
  said = card = null;
});
// A phone that goes into the pocket turns the camera off; some show a black picture afterwards unless it is asked anew.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) closeCamera(video);
  else if (work.open) showCamera();
});
const from = maybe("[data-from-here]", HTMLFormElement);
if (from && navigator.geolocation) {
  from.hidden = false;
  from.addEventListener("submit", (event) => {
    event.preventDefault();
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        one("[name=lon]", HTMLInputElement, from).value = String(coords.longitude);
        one("[name=lat]", HTMLInputElement, from).value = String(coords.latitude);
        from.submit();
      },
      () => {
        one("[data-no-place]", HTMLElement, from).hidden = false;
      },
      { enableHighAccuracy: true, timeout: 30_000 },
    );
  });
}
navigator.storage?.persist?.().catch(() => {}); // a phone that makes room deletes what nobody asked it to keep
if (!navigator.serviceWorker?.controller) renew();
await show();
