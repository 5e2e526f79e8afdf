// Without a network the phone still has a page to report on; what waits is sent when the network is back, where the
// browser knows how (background sync) even with the page closed. Everything else goes to the network as always.
import { send } from "./waiting.js";

const STORE = "kentongan-1";
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
 * The network's answer, or the page that works without one.
 * @param {Request} request
 * @param {string} page
 */
async function pageOr(request, page) {
  try {
    return await fetch(request);
  } catch {
    // An answer that was sent into the void: the page asks for it again, with what the phone has kept of it.
    if (request.method !== "GET") return Response.redirect(page, 303);
    return (await caches.match(page)) ?? Response.error();
  }
}

/**
 * Begins to answer for this site's pages; called once, while the worker's script is read.
 * @param {string} page the page that works without a network
 * @param {string[]} kept what that page is made of
 */
export function begin(page, kept) {
  scope.addEventListener("install", (event) => event.waitUntil(keep([page, ...kept]).then(() => scope.skipWaiting())));
  scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
  scope.addEventListener("fetch", (event) => {
    const { request } = event;
    const address = new URL(request.url);
    if (address.origin !== location.origin) return;
    if (request.mode === "navigate") {
      event.respondWith(pageOr(request, page));
      // The page is kept anew with each new report: in the language of today, with the kinds of today.
      const fresh = request.method === "GET" && address.pathname === "/report/new" && !address.search;
      if (fresh) event.waitUntil(keep([page]));
    } else if (kept.includes(address.pathname)) {
      event.respondWith(fetch(request).catch(async () => (await caches.match(address.pathname)) ?? Response.error()));
    }
  });
  scope.addEventListener("sync", (event) => {
    const told = /** @type {ExtendableEvent & { tag: string }} */ (event);
    if (told.tag === "waiting") told.waitUntil(send());
  });
}
