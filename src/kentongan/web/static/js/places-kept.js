// The places of one province on the phone (`/map/places/CODE.json`), for when there is no network. The service worker
// keeps the file of the province that somebody last reported from.

/** @typedef {import("./places.js").Place} Place */
/** @typedef {{ province: string, name: string, places: [string, number, number, number][] }} Province */

const STORE = "kentongan-places";
const MOST = 8;
const KINDS = new Set(["jalan", "jln", "jl", "gang", "gg", "kel", "kec", "kab", "desa", "kelurahan", "kecamatan"]);
/** @type {Promise<{ province: Province, words: string[][], bytes: number } | null> | undefined} */
let read;

/**
 * Asks the service worker to keep the places of a province in place of those of another.
 * @param {string} code
 */
export function keepPlaces(code) {
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (/** @type {unknown} */ (navigator));
  if (!code || connection?.saveData) return; // who saves data did not ask for it
  navigator.serviceWorker?.controller?.postMessage({ keepPlaces: code });
}

/** @param {string} text */
function wordsOf(text) {
  const plain = text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const found =
    plain
      .replaceAll("oe", "u")
      .replaceAll("tj", "c")
      .replaceAll("dj", "j")
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const own = found.filter((one) => !KINDS.has(one));
  return own.length ? own : found;
}

async function load() {
  const store = await caches.open(STORE);
  const answer = await store.match((await store.keys())[0] ?? "");
  if (!answer) return null;
  const text = await answer.text();
  /** @type {Province} */
  const province = JSON.parse(text);
  return { province, words: province.places.map(([name]) => wordsOf(name)), bytes: text.length };
}

/** What is kept: the name of the province and how many bytes; null where nothing is. */
export async function keptPlaces() {
  read ??= load().catch(() => null);
  const found = await read;
  return found && { name: found.province.name, bytes: found.bytes };
}

/**
 * The places on the phone whose names begin with the words of a text, or lie in what it names.
 * @param {string} text
 * @returns {Promise<Place[]>}
 */
export async function findKept(text) {
  read ??= load().catch(() => null);
  const kept = await read;
  const asked = wordsOf(text);
  if (!kept || !asked.length) return [];
  const { places } = kept.province;
  /** @param {number} at */
  const above = (at) => {
    const numbers = [];
    for (let next = places[at][1]; next >= 0; next = places[next][1]) numbers.push(next);
    return numbers;
  };
  /**
   * @param {number} at
   * @param {string} word
   */
  const has = (at, word) => kept.words[at].some((one) => one.startsWith(word));
  const found = [];
  for (let at = 0; at < places.length; at += 1) {
    if (!asked.some((word) => has(at, word))) continue;
    const around = above(at);
    if (!asked.every((word) => has(at, word) || around.some((one) => has(one, word)))) continue;
    const own = asked.filter((word) => has(at, word)).length;
    found.push({ at, around, rank: own * 10 - kept.words[at].length });
  }
  found.sort((one, other) => other.rank - one.rank || one.at - other.at);
  return found.slice(0, MOST).map(({ at, around }) => {
    const [name, , lon, lat] = places[at];
    const within = around.map((one) => places[one][0]).join(", ");
    const label = [name, within].filter(Boolean).join(", ");
    return { kind: "street", label, name, within, code: null, lon, lat, distance: null, phone: "", hours: "" };
  });
}
