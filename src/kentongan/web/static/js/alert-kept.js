// An alert as this phone keeps it: written down before the network is touched, and sent again until the server says
// that it is stored. Its id and its claim are made here, once: however often it is sent, it is one alert.

/**
 * A place of the phone: degrees, metres, and when it was there (milliseconds).
 * @typedef {{ lon: number, lat: number, accuracy: number, at: number }} Spot
 *
 * @typedef {{
 *   alert_id: string, claim: string, silent: boolean, pressed_at: number, spot?: Spot | null, battery?: number | null,
 *   told?: any, tries?: number, done?: boolean,
 * }} KeptAlert
 */

const PATIENCE = 10_000; // milliseconds for one try
let ahead = 0; // milliseconds by which this phone's clock is before the server's, as far as it has answered
const DISK = 2_000; // milliseconds that the phone's own store may take: some browsers' never answer

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open("kentongan-alerts", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("alerts", { keyPath: "alert_id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}

/**
 * Does one thing; done once it is on the disk.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
function inStore(mode, act) {
  /** @type {Promise<never>} */
  const tooLong = new Promise((_done, failed) => setTimeout(failed, DISK, new Error("the store does not answer")));
  return Promise.race([inOpened(mode, act), tooLong]);
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function inOpened(mode, act) {
  const base = await opened();
  return new Promise((done, failed) => {
    const work = base.transaction("alerts", mode, { durability: "strict" });
    const asked = act(work.objectStore("alerts"));
    work.oncomplete = () => {
      base.close();
      done(asked.result);
    };
    work.onabort = () => {
      base.close();
      failed(work.error);
    };
  });
}

/** @returns {Promise<KeptAlert[]>} */
export const all = () => inStore("readonly", (store) => store.getAll());
/** @param {KeptAlert} alert */
export const keep = (alert) => inStore("readwrite", (store) => store.put(alert));
/** @param {string} id */
export const forget = (id) => inStore("readwrite", (store) => store.delete(id));

/** The id of an alert or a timer and what its phone proves itself by. */
export function newName() {
  const letters = crypto.getRandomValues(new Uint8Array(16));
  const claim = [...letters].map((one) => one.toString(16).padStart(2, "0")).join("");
  return { alert_id: newId(), claim };
}

/**
 * The id of an alert and the beginning of its claim's digest, as an SMS bears them: so it is the same alert, however it
 * comes first.
 * @param {{ alert_id: string, claim: string }} name
 */
export async function inText({ alert_id, claim }) {
  const hex = alert_id.replaceAll("-", "");
  const bytes = Array.from({ length: 16 }, (_none, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16));
  const written = btoa(String.fromCharCode(...bytes)).slice(0, 22);
  const id = written.replaceAll("+", "-").replaceAll("/", "_");
  const digest = await crypto.subtle?.digest("SHA-256", new TextEncoder().encode(claim)).catch(() => null);
  const hint = [...new Uint8Array(digest ?? new ArrayBuffer(0)).slice(0, 6)]
    .map((one) => one.toString(16).padStart(2, "0"))
    .join("");
  return hint ? `k:${id}.${hint}` : `k:${id}`;
}

/**
 * A new alert, written down.
 * @param {{ silent: boolean, spot: Spot | null, battery: number | null }} now
 * @param {{ alert_id: string, claim: string }} [name] of the timer that it comes from
 */
export async function begin(now, name = newName()) {
  /** @type {KeptAlert} */
  const made = { ...name, pressed_at: Date.now(), ...now };
  await keep(made).catch(() => {}); // a phone without room for it still sends it
  return made;
}

/**
 * Calls the server for an alert.
 * @param {KeptAlert} alert
 * @param {string} path
 * @param {any} [said] sent as JSON, or a form as it is
 * @returns {Promise<Response>}
 */
export const call = (alert, path, said) => ask(`alerts${path}`, alert.claim, said);

/**
 * Calls the server for an alert or a timer.
 * @param {string} path under /api/v1/
 * @param {string} claim
 * @param {any} [said] sent as JSON, or a form as it is
 * @returns {Promise<Response>}
 */
export function ask(path, claim, said) {
  const isForm = said instanceof FormData;
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json", "kentongan-claim": claim };
  if (said && !isForm) headers["content-type"] = "application/json";
  const body = isForm ? said : said ? JSON.stringify(said) : undefined;
  const signal = AbortSignal.timeout(isForm ? 60_000 : PATIENCE);
  return fetch(`/api/v1/${path}`, { method: said ? "POST" : "GET", headers, body, signal })
    .then(whole)
    .then(compare);
}

/** The time by the server's clock: what it says will be at a time is held against that, and no phone's clock. */
export const serverNow = () => Date.now() - ahead;

/** @param {Response} answer */
function compare(answer) {
  const now = Date.now();
  ahead = now - (Date.parse(answer.headers.get("date") ?? "") || now);
  return answer;
}

/**
 * The answer once all of it is here: one that stops halfway is none, and whoever asked has one thing to catch.
 * @param {Response} answer
 * @returns {Promise<Response>}
 */
export async function whole(answer) {
  const body = await answer.arrayBuffer();
  return new Response(body.byteLength ? body : null, answer);
}

/**
 * One try to send the first message. True once the server has it.
 * @param {KeptAlert} alert
 */
export async function sendOne(alert) {
  const { alert_id, silent, battery, spot, pressed_at } = alert;
  const place = spot && {
    lon: spot.lon,
    lat: spot.lat,
    accuracy: Math.round(spot.accuracy),
    age: Math.max(0, Math.round((Date.now() - spot.at) / 1000)),
  };
  const since = Math.max(0, Math.round((Date.now() - pressed_at) / 1000));
  const answer = await call(alert, "", { alert_id, ...place, since, battery, silent }).catch(() => null);
  if (answer?.ok) {
    alert.told = await answer.json();
    await keep(alert).catch(() => {});
    return true;
  }
  if (answer?.status === 409) {
    await forget(alert_id).catch(() => {}); // somebody else's id: as good as impossible, and no reason to be silent
    alert.alert_id = newId();
    await keep(alert).catch(() => {});
  }
  return false;
}

/**
 * Tries all that the server does not have yet; true where none is left. One sender at a time over all pages, but none
 * waits long: a page that the system has put to sleep may hold the turn for ever, and an alert sent twice is one.
 */
export async function sendAll() {
  const work = async () => {
    let left = false;
    for (const alert of await all()) if (!alert.told) left = !(await sendOne(alert)) || left;
    return !left;
  };
  if (!navigator.locks) return work();
  let begun = false;
  const inTurn = () => {
    begun = true;
    return work();
  };
  const asked = navigator.locks.request("kentongan-alerts", { signal: AbortSignal.timeout(DISK) }, inTurn);
  return asked.catch((fault) => (begun ? Promise.reject(fault) : work()));
}

/** A UUID; `crypto.randomUUID` is missing where the page came without https. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const letters = crypto.getRandomValues(new Uint8Array(16));
  letters[6] = (letters[6] & 15) | 64;
  letters[8] = (letters[8] & 63) | 128;
  const written = [...letters].map((one) => one.toString(16).padStart(2, "0")).join("");
  return written.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
