// Telling this phone what is new while no page is open: asked of the browser only after the person touched the button.
import { every, maybe, one } from "./page.js";

const place = one("[data-push]", HTMLElement);
const to = place.dataset.post ?? "";

/** @param {"unknown" | "install" | "blocked" | "off" | "on"} state */
function show(state) {
  for (const part of every("[data-when]", HTMLElement, place)) part.hidden = part.dataset.when !== state;
}

/** @param {string} [words] */
function fail(words) {
  const told = one("[data-wrong]", HTMLElement, place);
  if (words) one("[data-words]", HTMLElement, told).textContent = words;
  told.hidden = false;
}

/**
 * What the server answers; null, and said on the page, where it refuses.
 * @param {object} said
 * @returns {Promise<Record<string, string> | null>}
 */
async function post(said) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(to, { method: "POST", headers, body: JSON.stringify(said) });
  const { words, ...told } = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  fail(words);
  return null;
}

/**
 * The installation's key as browsers take it: some know no text.
 * @param {string} written
 */
function bytes(written) {
  const plain = written.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
}

/** @param {PushManager} manager */
async function subscribed(manager) {
  const told = await post({ asks: "key" });
  if (!told) return null;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(told.key) };
  try {
    return await manager.subscribe(options);
  } catch (fault) {
    // Bound to another key of this site: the old one is let go.
    const old = await manager.getSubscription();
    if (!old) throw fault;
    await old.unsubscribe();
    return manager.subscribe(options);
  }
}

/** @param {PushManager} manager */
async function join(manager) {
  one("[data-wrong]", HTMLElement, place).hidden = true;
  if ((await Notification.requestPermission()) === "denied") return show("blocked");
  try {
    const found = await subscribed(manager);
    if (!found) return;
    if (await post(found.toJSON())) location.reload();
    else await found.unsubscribe();
  } catch {
    fail();
  }
}

/** @param {PushManager} manager */
async function leave(manager) {
  const found = await manager.getSubscription();
  if (found && (await post({ endpoint: found.endpoint, left: true }))) await found.unsubscribe();
  location.reload();
}

/** @param {ServiceWorkerRegistration} registration */
async function begin({ pushManager }) {
  if (Notification.permission === "denied") return show("blocked");
  const found = await pushManager.getSubscription();
  // Said again at each visit: what the server forgot, it knows again.
  show(found && (await post(found.toJSON())) ? "on" : "off");
  const [on, off] = [maybe("[data-join]", HTMLButtonElement, place), maybe("[data-leave]", HTMLButtonElement, place)];
  on?.addEventListener("click", () => join(pushManager));
  off?.addEventListener("click", () => leave(pushManager).catch(() => fail()));
}

const isApple =
  /iPhone|iPad/.test(navigator.userAgent) || (navigator.maxTouchPoints > 1 && /Mac/.test(navigator.platform));
if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
  void navigator.serviceWorker.ready.then(begin).catch(() => fail());
} else if (isApple) show("install");
