// Reports kept on the phone: the one being written (store "draft") and those that wait for the network (store
// "waiting"). Pages and the service worker use it alike. A report keeps its submission id until it is sent, so that
// a try whose answer was lost never makes a second one.

/**
 * A photo kept on the phone: its bytes, or where they have arrived the id that the server gave.
 * @typedef {{ blob?: Blob, id: string }} KeptPhoto
 *
 * A report on the phone; every answer as a form writes it.
 * @typedef {{
 *   submission_id: string, photos: KeptPhoto[], lon?: string, lat?: string, category?: string, text?: string,
 *   url?: string, privacy?: string, body?: string, asset_id?: string, name?: string, needs_place?: boolean,
 *   sending?: boolean, refused?: string,
 * }} KeptReport
 */

/**
 * @typedef {"submission_id" | "category" | "lon" | "lat" | "text" | "url" | "privacy" | "body"
 *   | "asset_id"} Answer */
/** @type {Answer[]} */
const ANSWERS = ["submission_id", "category", "lon", "lat", "text", "url", "privacy", "body", "asset_id"];
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
export const draft = () => inStore("draft", "readonly", (store) => store.get("now"));
/** @param {KeptReport} said */
export const keepDraft = (said) => inStore("draft", "readwrite", (store) => store.put(said, "now"));
export const forgetDraft = () => inStore("draft", "readwrite", (store) => store.delete("now"));
/** @returns {Promise<KeptReport[]>} */
export const all = () => inStore("waiting", "readonly", (store) => store.getAll());
/** @param {KeptReport} report */
export const keep = (report) => inStore("waiting", "readwrite", (store) => store.put(report, report.submission_id));
/** @param {string} id */
export const forget = (id) => inStore("waiting", "readwrite", (store) => store.delete(id));

/**
 * Sends all that waits, one sender at a time over all open pages.
 * @returns {Promise<string[]>} the codes that were given
 */
export async function send() {
  const work = async () => {
    const codes = [];
    for (const report of await all()) {
      if (report.refused) continue;
      const code = await sendOne(report).catch(() => ""); // no network: it goes on waiting
      if (code) codes.push(code);
    }
    return codes;
  };
  return navigator.locks ? navigator.locks.request("kentongan-waiting", work) : work();
}

/**
 * @param {KeptReport} report
 * @returns {Promise<string>} its code; empty where it goes on waiting
 */
async function sendOne(report) {
  const { key } = await (await fetch("/report/waiting", { headers: { accept: "application/json" } })).json();
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
  for (const name of ANSWERS) form.append(name, report[name] ?? "");
  for (const photo of report.photos) form.append("photos", photo.id);
  const told = await posted("/report/waiting", form, headers, report);
  if (!told) return "";
  await forget(report.submission_id);
  return told.code;
}

/**
 * The answer; null where it has to wait, or was refused: then the words are kept for the person to read.
 * @param {string} address
 * @param {FormData} body
 * @param {Record<string, string>} headers
 * @param {KeptReport} report
 * @returns {Promise<any>}
 */
async function posted(address, body, headers, report) {
  const answer = await fetch(address, { method: "POST", body, headers });
  if (answer.ok) return answer.json();
  if (answer.status >= 500 || answer.status === 429 || answer.status === 403) return null;
  const problem = await answer.json();
  if (RETRY.has(problem.code) && report.photos.every((photo) => photo.blob)) {
    for (const photo of report.photos) photo.id = ""; // swept away meanwhile: given anew next time
  } else report.refused = problem.words || problem.detail;
  await keep(report);
  return null;
}
