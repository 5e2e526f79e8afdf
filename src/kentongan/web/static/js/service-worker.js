// Without a network the phone still has a page to report on; what waits is sent when the network is back, where the
// browser knows how (background sync) even with the page closed. Everything else goes to the network as always.
import { send } from __WAITING__;

const PAGE = __PAGE__, KEPT = __KEPT__, STORE = "kentongan-1";

async function keep(addresses) {
  const store = await caches.open(STORE);
  await Promise.all(addresses.map(async (address) => {
    const answer = await fetch(address, { cache: "no-cache" }).catch(() => null);
    if (answer?.ok) await store.put(address, answer);
  }));
}

async function pageOr(request) {
  try {
    return await fetch(request);
  } catch (fault) {
    // An answer that was sent into the void: the page asks for it again, with what the phone has kept of it.
    if (request.method !== "GET") return Response.redirect(PAGE, 303);
    return (await caches.match(PAGE)) || Response.error();
  }
}

addEventListener("install", (event) => event.waitUntil(keep([PAGE, ...KEPT]).then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (address.origin !== location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(pageOr(request));
    // The page is kept anew with each new report: in the language of today, with the kinds of today.
    if (request.method === "GET" && address.pathname === "/report/new" && !address.search) event.waitUntil(keep([PAGE]));
  } else if (KEPT.includes(address.pathname)) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(address.pathname)) || Response.error()));
  }
});
addEventListener("sync", (event) => { if (event.tag === "waiting") event.waitUntil(send()); });
