// Without a network the phone still has a page to report on; what waits is sent when the network is back, where the
// browser knows how (background sync) even with the page closed. Everything else goes to the network as always.
import { sendAll } from "./alert-kept.js";
import { send } from "./waiting.js";

const STORE = "kentongan-1";
const OWN = "kentongan-own"; // a person's list and reports; `waiting-here.js` drops it where somebody else is here
const TASKS = "/console/tasks"; // what an officer has to do: works without a network, like the list of one's reports
const PLACES = "kentongan-places"; // what `places-kept.js` reads
const NUMBERS = "kentongan-numbers"; // the page of the important numbers of one province, of nobody in particular
const MARK = new URL("../mark.svg", import.meta.url).href;
const DAY = 86_400_000; // milliseconds
const MONTH = 30 * 86_400_000; // milliseconds
const SOON = 3_000; // milliseconds that the emergency page waits for the network
const NEWEST = 5; // reports whose pages are kept with the list, before they were ever opened
const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** @param {string[]} addresses */
async function keep(addresses) {
  const store = await caches.open(STORE);
  const fetched = addresses.map(async (address) => {
    const answer = await fetch(address, { cache: "no-cache" }).catch(() => null);
    if (answer?.ok) await store.put(address, answer);
  });
  await Promise.all(fetched);
}

/**
 * Keeps a page of the person's own, unless it says that nobody may.
 * @param {Cache} own
 * @param {string} path
 * @param {Response} answer
 */
async function keepOwn(own, path, answer) {
  const may = answer.ok && !answer.redirected && !answer.headers.get("cache-control")?.includes("no-store");
  if (may) await own.put(path, answer);
  else await own.delete(path);
}

/**
 * The cache for the person whose page this is; what another person left goes first.
 * @param {Response} page
 */
async function ownOf(page) {
  for (const path of ["/mine", TASKS]) {
    const before = await caches.match(path, { cacheName: OWN });
    if (before && before.headers.get("x-whose") !== page.headers.get("x-whose")) await caches.delete(OWN);
  }
  return caches.open(OWN);
}

/**
 * Keeps an officer's tasks with what the page is made of beside its frame: scripts, and photos to stand by.
 * @param {Response} page
 */
async function keepTasks(page) {
  const own = await ownOf(page);
  const words = await page.clone().text();
  await keepOwn(own, TASKS, page);
  const parts = new Set(
    [...words.matchAll(/(?:src|href|data-ghost)="([^"]*\/console\/[^"]+)"/g)].map(([, path]) => path),
  );
  for (const path of parts) {
    if (!isPart(new URL(path, location.origin).pathname)) continue;
    const answer = await fetch(path).catch(() => null);
    if (answer?.ok && !answer.redirected) await own.put(path, answer);
  }
  for (const kept of await own.keys()) {
    const { pathname } = new URL(kept.url);
    if (isPart(pathname) && !parts.has(pathname)) await own.delete(kept); // of a task that is done
  }
}

/** Keeps the tasks as they are now. */
async function renewTasks() {
  const answer = await fetch(TASKS).catch(() => null);
  if (answer && !answer.redirected) await keepTasks(answer);
}

/**
 * Whether the page of tasks is made of it.
 * @param {string} pathname
 */
const isPart = (pathname) => /\/console\/(photos\/[\w-]+\/thumb|[\w.-]+\.(js|css))$/.test(pathname);

/**
 * Keeps the list of a person's reports with the newest of them.
 * @param {Response} list
 */
async function keepMine(list) {
  const own = await ownOf(list);
  const words = await list.clone().text();
  await keepOwn(own, "/mine", list);
  const paths = [...words.matchAll(/href="(\/r\/[\w-]+)"/g)].map(([, path]) => path);
  for (const path of [...new Set(paths)].slice(0, NEWEST)) {
    const answer = await fetch(path).catch(() => null);
    if (answer) await keepOwn(own, path, answer);
  }
}

/**
 * What the answer to a navigation changes in what is kept of the person.
 * @param {Request} request
 * @param {Response} answer
 */
async function learn(request, answer) {
  const { pathname } = new URL(request.url);
  if (request.method !== "GET") {
    if (pathname.startsWith("/accounts/")) await caches.delete(OWN); // signed out, or somebody else in
  } else if (pathname === "/mine" && new URL(answer.url).pathname === "/mine") await keepMine(answer);
  else if (pathname === TASKS && new URL(answer.url).pathname === TASKS) await keepTasks(answer);
  else if (pathname.startsWith("/r/")) {
    const isKept = await caches.match(pathname, { cacheName: OWN }); // to open it would make it anew
    if (isKept) await keepOwn(await caches.open(OWN), pathname, answer);
  }
}

/**
 * Keeps the places of a province, of one only; asks for them again after a month.
 * @param {string} code
 */
async function keepPlaces(code) {
  if (!/^\d\d$/.test(code)) return;
  const address = new URL(`/map/places/${code}.json`, location.origin).href;
  const store = await caches.open(PLACES);
  const kept = await store.match(address);
  if (kept && Date.now() - Date.parse(kept.headers.get("date") ?? "") < MONTH) return;
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) return;
  for (const other of await store.keys()) await store.delete(other);
  await store.put(address, answer);
}

/**
 * Keeps the important numbers of a province, of one only, asked for again after a day. Without cookies: the page is
 * nobody's own.
 * @param {string} code
 */
async function keepNumbers(code) {
  if (!/^\d\d$/.test(code)) return;
  const address = new URL(`/nomor/${code}`, location.origin).href;
  const store = await caches.open(NUMBERS);
  const kept = await store.match(address);
  if (kept && Date.now() - Date.parse(kept.headers.get("date") ?? "") < DAY) return;
  const answer = await fetch(address, { credentials: "omit" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  for (const other of await store.keys()) await store.delete(other);
  await store.put(address, answer);
}

/**
 * The numbers from the network, else those of the province that the phone has kept, else those of the country.
 * @param {Request} request
 * @param {string} numbers
 */
async function numbersPage(request, numbers) {
  const answer = await fetch(request).catch(() => null);
  if (answer && answer.status < 500) return answer;
  const store = await caches.open(NUMBERS);
  const kept = await store.match((await store.keys())[0] ?? "");
  return kept ?? (await caches.match(numbers)) ?? answer ?? Response.error();
}

/**
 * The network's answer, or the page that works without one.
 * @param {FetchEvent} event
 * @param {string} page
 */
async function pageOr(event, page) {
  const { request } = event;
  try {
    const answer = await fetch(request);
    if (answer.type === "basic") event.waitUntil(learn(request, answer.clone()));
    else if (request.method !== "GET") event.waitUntil(learn(request, Response.error()));
    return answer;
  } catch {
    // An answer that was sent into the void: the page asks for it again, with what the phone has kept of it.
    const { pathname } = new URL(request.url);
    if (request.method !== "GET" && pathname !== TASKS) return Response.redirect(page, 303);
    const own = await caches.match(pathname, { cacheName: OWN });
    return own ?? (await caches.match(page)) ?? Response.error();
  }
}

/**
 * The emergency page: nobody waits for a network that hardly answers when the phone has the page itself.
 * @param {Request} request
 */
async function alertPage(request) {
  const kept = await caches.match(new URL(request.url).pathname);
  if (!kept) return fetch(request);
  const tooLong = new Promise((_done, failed) => setTimeout(failed, SOON));
  // A server that is broken, or a hotel's network that leads elsewhere, is no better than none.
  const asked = fetch(request).then((answer) => (answer.ok ? answer : kept));
  return Promise.race([asked, tooLong]).catch(() => kept);
}

/**
 * Shows what the server tells this phone. Browsers want something shown for each message, whatever it holds.
 * @param {PushEvent} event
 */
async function showTold(event) {
  /** @type {Record<string, unknown>} */
  let said = {};
  try {
    said = event.data?.json() ?? {};
  } catch {
    // not from us in this form: shown without words
  }
  const { title, body, path, tag, lang, urgent } = said;
  const more = urgent ? { requireInteraction: true, renotify: true, vibrate: [300, 150, 300, 150, 600] } : {};
  const options = { body: String(body ?? ""), data: { path: String(path ?? "/") }, icon: MARK, ...more };
  await scope.registration.showNotification(String(title || "Kentongan"), {
    ...options,
    ...(tag ? { tag: String(tag) } : {}),
    ...(lang ? { lang: String(lang) } : {}),
  });
}

/**
 * Opens the page that it was about: in a window that shows it already, else in a new one. Never another site.
 * @param {Notification} told
 */
async function openTold(told) {
  const asked = new URL(told.data?.path ?? "/", location.origin);
  const address = asked.origin === location.origin ? asked.href : location.origin;
  for (const one of await scope.clients.matchAll({ type: "window" })) {
    if (one.url === address && "focus" in one) return one.focus();
  }
  return scope.clients.openWindow(address);
}

/**
 * The browser has ended a subscription by itself: the server is told the new one.
 * @param {PushSubscription | undefined} old
 */
async function subscribeAgain(old) {
  const options = old?.options;
  if (!options?.applicationServerKey) return;
  const found = await scope.registration.pushManager.subscribe(options);
  const headers = { "content-type": "application/json" };
  await fetch("/account/notices/phone", { method: "POST", headers, body: JSON.stringify(found) });
}

/**
 * Whether it is the page of numbers, or that of a province.
 * @param {string} path
 * @param {string} numbers
 */
function isNumbers(path, numbers) {
  return path === numbers || (path.startsWith(`${numbers}/`) && /^\d\d$/.test(path.slice(numbers.length + 1)));
}

/**
 * Begins to answer for this site's pages; called once, while the worker's script is read.
 * @param {string} page the page that works without a network
 * @param {string[]} kept what both pages are made of
 * @param {string} alert the emergency page
 * @param {string} numbers the page of important numbers
 */
export function begin(page, kept, alert, numbers) {
  scope.addEventListener("install", (event) =>
    event.waitUntil(keep([page, alert, numbers, ...kept]).then(() => scope.skipWaiting())),
  );
  scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
  scope.addEventListener("fetch", (event) => {
    const { request } = event;
    const address = new URL(request.url);
    if (address.origin !== location.origin) return;
    if (request.mode === "navigate" && request.method === "GET" && address.pathname === alert) {
      event.respondWith(alertPage(request));
      event.waitUntil(keep([alert]));
    } else if (request.mode === "navigate" && request.method === "GET" && isNumbers(address.pathname, numbers)) {
      event.respondWith(numbersPage(request, numbers));
    } else if (request.mode === "navigate") {
      event.respondWith(pageOr(event, page));
      // The page is kept anew with each new report: in the language of today, with the kinds of today.
      const fresh = request.method === "GET" && address.pathname === "/report/new" && !address.search;
      if (fresh) event.waitUntil(keep([page]));
    } else if (request.method === "GET" && isPart(address.pathname)) {
      const ours = async () => (await caches.match(address.pathname, { cacheName: OWN })) ?? Response.error();
      event.respondWith(fetch(request).catch(ours));
    } else if (kept.includes(address.pathname)) {
      event.respondWith(fetch(request).catch(async () => (await caches.match(address.pathname)) ?? Response.error()));
    }
  });
  scope.addEventListener("message", (event) => {
    const { keepPlaces: places, keepNumbers: province } = event.data ?? {};
    if (places) event.waitUntil(Promise.all([keepPlaces(String(places)), keepNumbers(String(places))]));
    if (province) event.waitUntil(keepNumbers(String(province)));
    if (event.data?.keepTasks) event.waitUntil(renewTasks());
  });
  scope.addEventListener("push", (event) => event.waitUntil(showTold(event)));
  scope.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(openTold(event.notification));
  });
  scope.addEventListener("pushsubscriptionchange", (event) => {
    const changed = /** @type {ExtendableEvent & { oldSubscription?: PushSubscription }} */ (event);
    changed.waitUntil(subscribeAgain(changed.oldSubscription));
  });
  scope.addEventListener("sync", (event) => {
    const told = /** @type {ExtendableEvent & { tag: string }} */ (event);
    if (told.tag === "waiting") told.waitUntil(send());
    // What is not sent yet is a failure to the browser: it tries again by itself.
    if (told.tag === "alerts") told.waitUntil(sendAll().then((all) => all || Promise.reject(new Error("not sent"))));
  });
}
