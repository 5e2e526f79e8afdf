// Reports kept on the phone: the one being written (store "draft") and those that wait for the network (store
// "waiting"). Pages and the service worker use it alike. A report keeps its submission id until it is sent, so that
// a try whose answer was lost never makes a second one. What an officer wrote in the street waits here as well: it has
// an address of its own (`to`) and its writer's mark (`whose`), for nobody else of this phone may send it.

/**
 * A photo kept on the phone: its bytes, or where they have arrived the id that the server gave.
 * @typedef {{ blob?: Blob, id: string, role?: string }} KeptPhoto
 *
 * A report on the phone; every answer as a form writes it.
 * @typedef {{
 *   submission_id: string, photos: KeptPhoto[], lon?: string, lat?: string, category?: string, text?: string,
 *   url?: string, privacy?: string, body?: string, asset_id?: string, name?: string, needs_place?: boolean,
 *   answers?: Record<string, string | string[]>,
 *   sending?: boolean, refused?: string, kept_at?: number,
 *   to?: string, code?: string, whose?: string, what?: string, seq?: string, accuracy?: string, age?: string,
 *   said_at?: string, no_photo_reason?: string,
 * }} KeptReport
 *
 * @typedef {{ code: string, of: KeptReport }} Sent
 */

/**
 * @typedef {"submission_id" | "category" | "lon" | "lat" | "text" | "url" | "privacy" | "body"
 *   | "asset_id" | "whose" | "what" | "seq" | "accuracy" | "age" | "said_at" | "no_photo_reason"} Answer */
/** @type {Answer[]} */
const ANSWERS = ["submission_id", "category", "lon", "lat", "text", "url", "privacy", "body", "asset_id"];
/** @type {Answer[]} */
const PLACE = ["lon", "lat", "accuracy", "age"];
/** @type {Answer[]} */
const RESULT = ["submission_id", "what", "seq", "text", "no_photo_reason", "said_at", "whose", ...PLACE];
const PATIENCE = 300_000; // milliseconds for one photo or report: a slow network brings 1 MB in two minutes
const RETRY = new Set(["unknown_photo"]);

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open("kentongan", 1);
    asked.onupgradeneeded = () => {
      for (const name of ["draft", "waiting"]) asked.result.createObjectStore(name);
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

/**
 * Does one thing in a store.
 * @template T
 * @param {"draft" | "waiting"} name
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function inStore(name, mode, act) {
  const base = await opened();
  return new Promise((done, failed) => {
    const work = base.transaction(name, mode);
    const asked = act(work.objectStore(name));
    work.oncomplete = () => {
      base.close();
      done(asked.result);
    };
    const fail = () => {
      base.close();
      failed(work.error);
    };
    work.onabort = fail;
    work.onerror = fail;
  });
}

/** @returns {Promise<KeptReport | undefined>} */
export const draft = (name = "now") => inStore("draft", "readonly", (store) => store.get(name));
/** @param {KeptReport} said */
export const keepDraft = (said, name = "now") => inStore("draft", "readwrite", (store) => store.put(said, name));
export const forgetDraft = (name = "now") => inStore("draft", "readwrite", (store) => store.delete(name));
/** @returns {Promise<KeptReport[]>} */
export const all = () => inStore("waiting", "readonly", (store) => store.getAll());
/** @param {KeptReport} report */
export const keep = (report) => inStore("waiting", "readwrite", (store) => store.put(report, report.submission_id));
/** @param {string} id */
export const forget = (id) => inStore("waiting", "readwrite", (store) => store.delete(id));

/**
 * Sends all that waits in the order in which it was written, one sender at a time over all open pages.
 * @returns {Promise<Sent[]>} what has arrived
 */
export async function send() {
  const work = async () => {
    const sent = [];
    const waiting = (await all()).sort((one, other) => (one.kept_at ?? 0) - (other.kept_at ?? 0));
    for (const report of waiting) {
      if (report.refused) continue;
      const code = await sendOne(report).catch(() => ""); // no network: it goes on waiting
      if (code) sent.push({ code, of: report });
    }
    return sent;
  };
  return navigator.locks ? navigator.locks.request("kentongan-waiting", work) : work();
}

/**
 * @param {KeptReport} report
 * @returns {Promise<string>} its code; empty where it goes on waiting
 */
async function sendOne(report) {
  const { key } = await (
    await fetch("/report/waiting", { headers: { accept: "application/json" }, signal: AbortSignal.timeout?.(PATIENCE) })
  ).json();
  const headers = { "X-CSRFToken": key, accept: "application/json" };
  for (const photo of report.photos) {
    if (photo.id || !photo.blob) continue;
    const form = new FormData();
    form.append("file", photo.blob, "photo");
    const told = await posted("/api/v1/photos", form, headers, report);
    if (!told) return "";
    photo.id = told.id; // kept at once: a photo that has arrived is not sent again
    await keep(report);
  }
  const form = new FormData();
  for (const name of report.to ? RESULT : ANSWERS) form.append(name, report[name] ?? "");
  if (report.answers) form.append("answers", JSON.stringify(report.answers));
  for (const photo of report.photos) form.append(photo.role === "before" ? "before" : "photos", photo.id);
  const told = await posted(report.to ?? "/report/waiting", form, headers, report);
  if (!told) return "";
  await forget(report.submission_id);
  return told.code;
}

/** Refusals of a result that time does not mend: its writer works at no body any more, or not at the report's. */
const ENDED = new Set(["no_body", "forbidden"]);

/**
 * The answer; null where it has to wait, or was refused: then the words are kept for the person to read.
 * @param {string} address
 * @param {FormData} body
 * @param {Record<string, string>} headers
 * @param {KeptReport} report
 * @returns {Promise<any>}
 */
async function posted(address, body, headers, report) {
  // A server that takes and never answers would hold up all that waits, in every tab. Old browsers wait longer.
  const answer = await fetch(address, { method: "POST", body, headers, signal: AbortSignal.timeout?.(PATIENCE) });
  if (report.to && (answer.redirected || answer.status === 401)) return null; // signed out: it waits for its writer
  if (answer.ok) return answer.json();
  if (answer.status >= 500 || answer.status === 429) return null;
  const problem = answer.status === 403 ? await answer.json().catch(() => ({})) : await answer.json();
  // Whose role has ended waits in vain, and has to know; a page from before signing in, or of another person, waits.
  if (answer.status === 403 && !(report.to && ENDED.has(problem.code))) return null;
  if (RETRY.has(problem.code) && report.photos.every((photo) => photo.blob)) {
    for (const photo of report.photos) photo.id = ""; // swept away meanwhile: given anew next time
  } else report.refused = problem.words || problem.detail;
  await keep(report);
  return null;
}
