// Sharing where I am: this device sends its place while the page is open, and says when that last worked. Only one of a
// person's devices sends; the server ends it, whether this page still runs or not.
import { every, maybe, timeOf } from "./page.js";

const OFTEN = 10_000; // milliseconds between two places
const page = maybe("#sharing", HTMLElement);
const kept = "kentongan-device";

/** The name of this browser among the person's own; it tells nothing else. */
function device() {
  try {
    const found = localStorage.getItem(kept);
    if (found) return found;
    const letters = crypto.getRandomValues(new Uint8Array(12));
    const made = [...letters].map((one) => one.toString(16).padStart(2, "0")).join("");
    localStorage.setItem(kept, made);
    return made;
  } catch {
    return ""; // a browser that keeps nothing: the first that sends goes on
  }
}

/** @type {GeolocationPosition | null} */
let last = null;
/** @type {number | null} */
let battery = null;
let take = "";
let sending = false;

/** @param {string} which */
function show(which) {
  for (const one of ["sent", "gap", "denied", "elsewhere"]) {
    const told = maybe(`[data-${one}]`, HTMLElement);
    if (told) told.hidden = one !== which;
  }
}

async function send() {
  if (!last || sending) return;
  sending = true;
  const { longitude, latitude, accuracy } = last.coords;
  const age = Math.max(0, Math.round((Date.now() - last.timestamp) / 1000));
  /** @type {Record<string, string>} */
  const said = { lon: String(longitude), lat: String(latitude), accuracy: String(Math.round(accuracy)) };
  Object.assign(said, { age: String(age), device: device(), take });
  if (battery !== null) said.battery = String(battery);
  const key = maybe("[name=csrfmiddlewaretoken]", HTMLInputElement)?.value ?? "";
  const given = { method: "POST", headers: { "X-CSRFToken": key }, body: new URLSearchParams(said) };
  const asked = { ...given, signal: AbortSignal.timeout(10_000) };
  const answer = await fetch("/keluarga/place", asked).catch(() => null);
  sending = false;
  if (answer?.ok) {
    take = "";
    const at = maybe("[data-sent-at]", HTMLElement);
    if (at) at.textContent = timeOf(Date.now());
    show("sent");
    if ((await answer.json().catch(() => ({}))).ended) location.reload();
  } else if (answer?.status === 409) {
    const told = await answer.json().catch(() => ({}));
    if (told.code === "other_device") show("elsewhere");
    else location.reload(); // it has ended
  } else if (answer?.status === 401) {
    location.reload();
  } else show("gap");
}

function begin() {
  navigator.geolocation?.watchPosition(
    (found) => {
      const first = !last;
      last = found;
      if (first) send();
    },
    () => show("denied"),
    { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 },
  );
  setInterval(send, OFTEN);
  const awake = () => navigator.wakeLock?.request("screen").catch(() => {});
  awake();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    awake();
    send();
  });
  /** @type {any} */ (navigator).getBattery?.().then((/** @type {{ level: number }} */ told) => {
    battery = Math.round(told.level * 100);
    setInterval(() => {
      battery = Math.round(told.level * 100);
    }, 60_000);
  });
}

for (const here of every("[data-device-here]", HTMLInputElement)) here.value = device();
if (page) {
  if (page.dataset.device && page.dataset.device !== device()) show("elsewhere");
  else begin();
  maybe("[data-take]", HTMLElement)?.addEventListener("click", () => {
    take = "yes";
    show("sent");
    begin();
  });
  addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest("[data-pass]") : null;
    if (!(pressed instanceof HTMLElement)) return;
    const link = pressed.dataset.pass ?? "";
    if (navigator.share) navigator.share({ url: link }).catch(() => {});
    else navigator.clipboard?.writeText(link).catch(() => {});
  });
  const pass = () => {
    for (const one of every("[data-pass]", HTMLElement)) one.hidden = false;
  };
  pass();
  document.addEventListener("renewed", pass);
}
