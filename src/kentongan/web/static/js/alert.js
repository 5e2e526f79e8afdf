// The emergency page: hold three seconds, and the first message leaves. The screen says what is true, never more.
import {
  all,
  begin,
  call,
  forget,
  inText,
  keep,
  newId,
  newName,
  sendAll,
  sendOne,
  serverNow,
  whole,
} from "./alert-kept.js";
import { begin as beginSafe } from "./alert-safe.js";
import { timeOf as clock, every, maybe, one } from "./page.js";

/** @typedef {import("./alert-kept.js").KeptAlert} KeptAlert */
/** @typedef {import("./alert-kept.js").Spot} Spot */

const HOLD = 3_000; // milliseconds
const PAUSES = [500, 1_000, 2_000, 4_000, 8_000, 15_000]; // between two tries to send
const ASK = 2_000; // between two looks at what became of it
const OFTEN = 5_000; // between two places, for five minutes; then SELDOM
const SELDOM = 15_000;
const DAY = 86_400_000;
const page = one("#alert", HTMLElement);
const button = one("[data-hold]", HTMLButtonElement);
const silent = one("[data-silent]", HTMLInputElement);

/** @type {KeptAlert | null} */
let alert = null;
/** @type {Spot | null} */
let spot = null;
/** @type {Spot[]} */
let unsent = [];
/** @type {number | null} */
let battery = null;
/** @type {AudioContext | undefined} */
let audio;
let watching = false;
let heardAt = Date.now();
let sentAt = 0;
let number = 0;
let misses = 0;
let next = newName(); // of the alert that is not pressed yet: an SMS may be sent before
let named = "";
let tail = "";

/**
 * Shows the elements of a kind that fit, and hides the others.
 * @param {string} kind
 * @param {string} fits
 */
function show(kind, fits) {
  for (const told of every(`[data-${kind}]`, HTMLElement)) {
    told.hidden = !(told.getAttribute(`data-${kind}`) ?? "").split(" ").includes(fits);
  }
}

/** @param {string} name @param {string} words */
function say(name, words) {
  for (const told of every(`[data-say=${name}]`, HTMLElement)) told.textContent = words;
}

/** @param {number[]} times milliseconds of trembling and of rest */
const tremble = (times) => silent.checked || navigator.vibrate?.(times);

/** @param {number} pitch */
function beep(pitch) {
  if (silent.checked) return;
  audio ??= new AudioContext();
  const tone = new OscillatorNode(audio, { type: "triangle", frequency: pitch });
  tone.connect(new GainNode(audio, { gain: 0.3 })).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.2);
}

// --- where ---

function locate() {
  if (watching || !navigator.geolocation) return;
  watching = true;
  navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      const first = !spot;
      // The age counts from the phone's own clock at both ends, so a wrong clock does not matter.
      spot = {
        lon: coords.longitude,
        lat: coords.latitude,
        accuracy: coords.accuracy,
        at: Math.min(timestamp, Date.now()),
      };
      links();
      if (first && !alert) ask();
      if (first && alert) follow();
    },
    () => {
      watching = false;
    },
    { enableHighAccuracy: true, maximumAge: 30_000, timeout: 20_000 },
  );
}

/** Whether anybody watches this place, asked for a square of a kilometre: the address says no more. */
async function ask() {
  const near = spot && `?lon=${spot.lon.toFixed(2)}&lat=${spot.lat.toFixed(2)}`;
  if (!near) return show("watched", "unknown");
  const asked = fetch(`/api/v1/alerts/watched${near}`, { signal: AbortSignal.timeout(8_000) });
  const answer = await asked.then(whole).catch(() => null);
  if (!answer?.ok) return show("watched", navigator.onLine ? "unknown" : "offline");
  const told = await answer.json();
  say("post", told.post);
  show("watched", told.watched ? "yes" : "no");
}

/** The text of the message that any phone can send, with the place as far as it is known. Only letters that SMS has in
 * its own alphabet: one other letter, and 160 become 70. */
function links() {
  const name = alert ?? next;
  if (named !== name.alert_id) {
    named = name.alert_id;
    tail = "";
    inText(name).then((words) => {
      tail = ` ${words}`;
      links();
    });
  }
  const place = spot ? ` https://www.openstreetmap.org/?mlat=${spot.lat.toFixed(5)}&mlon=${spot.lon.toFixed(5)}` : "";
  const how = spot ? ` (${Math.round(spot.accuracy)} m, ${clock(spot.at)})` : "";
  const words = `${page.dataset.sms ?? ""}${place}${how}${tail}`;
  for (const link of every("[data-sms]", HTMLAnchorElement)) link.href = `sms:?&body=${encodeURIComponent(words)}`;
}

// --- the hold ---

/** @type {ReturnType<typeof setInterval> | undefined} */
let holding;

function press() {
  if (holding || alert) return;
  const since = performance.now();
  locate();
  button.classList.add("held");
  show("hint", "held");
  tremble([60]);
  holding = setInterval(() => {
    const gone = performance.now() - since;
    button.style.setProperty("--held", String(Math.min(1, gone / HOLD)));
    say("count", String(Math.max(0, Math.ceil((HOLD - gone) / 1000))));
    if (Math.floor(gone / 1000) > Math.floor((gone - 50) / 1000)) {
      tremble([60]);
      beep(520);
    }
    if (gone >= HOLD) fire();
  }, 50);
}

function letGo() {
  if (!holding) return;
  clearInterval(holding);
  holding = undefined;
  button.classList.remove("held");
  button.style.setProperty("--held", "0");
  show("hint", "let-go");
}

/** @param {{ alert_id: string, claim: string }} [name] of the timer that it comes from */
async function fire(name = next) {
  if (alert && name !== next) return; // pressed meanwhile: that one tells all
  letGo();
  tremble([300, 100, 300]);
  beep(880);
  alert = await begin({ silent: silent.checked, spot, battery }, name);
  links();
  live();
  // The button is gone: who hears the page or uses a keyboard goes on where it says what became of the press.
  one("section[data-part=live]", HTMLElement).focus();
  send();
}

button.addEventListener("pointerdown", (event) => {
  button.setPointerCapture(event.pointerId);
  press();
});
button.addEventListener("pointermove", (event) => {
  const box = button.getBoundingClientRect();
  const away = Math.hypot(event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2);
  if (away > box.width * 0.75) letGo(); // slid away
});
for (const kind of /** @type {const} */ (["pointerup", "pointercancel", "blur"])) button.addEventListener(kind, letGo);
button.addEventListener("contextmenu", (event) => event.preventDefault());
button.addEventListener("keydown", (event) => {
  if ([" ", "Enter"].includes(event.key)) {
    event.preventDefault();
    if (!event.repeat) press();
  }
});
button.addEventListener("keyup", letGo);

// --- before anything has happened ---

function place() {
  if (!spot) return {};
  return { lon: spot.lon, lat: spot.lat, accuracy: Math.round(spot.accuracy) };
}

/**
 * Shows an alert that the server made of a timer of this phone.
 * @param {{ alert_id: string, claim: string }} name
 * @param {number} at
 */
async function adopt(name, at) {
  if (alert) return;
  alert = { ...name, silent: true, pressed_at: at, spot, battery };
  await keep(alert).catch(() => {});
  locate();
  send();
}

// --- sending, and what became of it ---

/** Asks the browser to send it with this page closed, too. Nothing waits for its answer, which may never come. */
async function leaveToWorker() {
  const worker = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  const sync = /** @type {{ sync?: { register(tag: string): Promise<void> } } | undefined} */ (worker)?.sync;
  sync?.register("alerts").catch(() => {});
}

async function send() {
  if (!alert || alert.told) return;
  leaveToWorker();
  const id = alert.alert_id;
  await sendAll().catch(() => false);
  const kept = (await all().catch(() => [])).find((other) => other.claim === alert?.claim);
  if (alert?.alert_id !== id && !kept) return;
  if (kept) alert = kept;
  else if (!alert.told) await sendOne(alert).catch(() => false); // a phone without room has not written it down
  if (alert.told) {
    tremble([100, 50, 100]);
    beep(990);
    misses = 0;
    heardAt = Date.now();
    follow();
    if (writing) {
      await post(writing, "messages");
      writing = null;
    }
  } else {
    setTimeout(send, PAUSES[Math.min(misses, PAUSES.length - 1)]);
    misses += 1;
  }
  live();
}

async function look() {
  if (!alert?.told || isOver()) return;
  const answer = await call(alert, `/${alert.alert_id}`).catch(() => null);
  if (answer?.ok) {
    await learn(await answer.json());
  } else live();
}

/** @param {any} told */
async function learn(told) {
  if (!alert) return;
  const before = alert.told?.state;
  alert.told = { ...told, token: "" };
  heardAt = Date.now();
  await keep(alert).catch(() => {});
  if (before !== told.state) tremble([100, 50, 100]);
  live();
}

const isOver = () => ["closed", "cancelled"].includes(alert?.told?.state);

/** Sends where the phone is: all that has not arrived, the newest last. */
async function follow() {
  if (!alert?.told || isOver() || !spot) return;
  const young = Date.now() - alert.pressed_at < 300_000;
  if (Date.now() - sentAt < (young ? OFTEN : SELDOM) - 200) return;
  sentAt = Date.now();
  if (unsent.at(-1)?.at !== spot.at) unsent.push(spot);
  unsent = unsent.slice(-100);
  const now = Date.now();
  const positions = unsent.map((was) => ({
    lon: was.lon,
    lat: was.lat,
    accuracy: Math.round(was.accuracy),
    age: Math.max(0, Math.round((now - was.at) / 1000)),
    battery,
    n: countOf(was),
  }));
  const answer = await call(alert, `/${alert.alert_id}/positions`, { positions }).catch(() => null);
  if (answer?.ok || answer?.status === 409 || answer?.status === 422) unsent = [];
  if (answer?.ok) heardAt = Date.now();
}

/** @type {WeakMap<Spot, number>} */
const counts = new WeakMap();
/** @param {Spot} was */
function countOf(was) {
  if (!counts.has(was)) counts.set(was, Math.floor(Date.now() / 1000) * 10 + (number++ % 10));
  return (counts.get(was) ?? 0) % 2_000_000_000;
}

// --- the screen ---

function live() {
  if (!alert) return show("part", "ready");
  const told = alert.told;
  show("part", "live");
  page.classList.toggle("quiet", alert.silent);
  show("step", told ? told.state : "sending");
  say("pressed", clock(alert.pressed_at));
  say("received", told ? clock(Date.parse(told.received_at)) : "");
  const there = told?.abroad;
  say("instance", there?.instance ?? "");
  say("away-since", there ? clock(Date.parse(there.since)) : "");
  show("abroad", there?.state === "received" && !there.watched ? "unwatched" : (there?.state ?? "none"));
  say("owner", told?.owner ?? "");
  const coming = (told?.neighbours ?? []).map((/** @type {{ name: string }} */ one) => one.name);
  say("neighbours", coming.join(", "));
  show("neighbours", coming.length ? "yes" : "no");
  say("unit", told?.unit ?? "");
  const minutes = told?.eta_at ? Math.max(1, Math.ceil((Date.parse(told.eta_at) - serverNow()) / 60_000)) : null;
  say("eta", minutes === null ? "" : `, ${(page.dataset.minutes ?? "").replace("@", String(minutes))}`);
  const silent = (told?.units ?? []).some((/** @type {{ silent_since: string | null }} */ one) => one.silent_since);
  show("unit-silent", silent ? "yes" : "no");
  show("owned", told?.owner ? "yes" : "no"); // help may be on its way while its operator was lost
  const trying = "SyncManager" in window && navigator.serviceWorker ? "many" : "open"; // with the page closed, or not
  show("tries", !told && misses > 1 ? trying : "few");
  const alone = told && !told.watched && told.state === "received" && there?.state !== "asking";
  show("unwatched", alone ? "yes" : "no");
  show("drill", told?.exercise ? "yes" : "no");
  show("gap", told && !isOver() && Date.now() - heardAt > 12_000 ? "yes" : "no");
  say("gap", clock(heardAt));
  show("place", spot || isOver() ? "known" : "unknown");
  show("open", told && !isOver() ? "yes" : isOver() ? "over" : "no");
  show("asks", told?.asks_code ? "code" : "plain");
  chat(told?.messages ?? []);
  if (isOver()) log(told.log ?? []);
  show("report", told?.report ? "yes" : "no");
  one("[data-report-link]", HTMLAnchorElement).href = `/r/${told?.report ?? ""}`;
  wake();
}

/** @param {{ mine: boolean, text: string, at: string }[]} said */
function chat(said) {
  const list = one("[data-chat]", HTMLElement);
  if (list.childElementCount === said.length) return;
  list.replaceChildren(...said.map((word) => line(word.mine ? "mine" : "theirs", word.at, word.text)));
}

/** @param {{ at: string, text: string, by: string }[]} lines */
function log(lines) {
  const list = one("[data-log]", HTMLElement);
  list.replaceChildren(...lines.map((told) => line("", told.at, told.by ? `${told.text} ${told.by}` : told.text)));
}

/** @param {string} kind @param {string} at @param {string} words */
function line(kind, at, words) {
  const made = document.createElement("li");
  if (kind) made.className = kind;
  const time = document.createElement("time");
  time.textContent = clock(Date.parse(at));
  made.append(time, " ", words);
  return made;
}

/** @type {{ release(): Promise<void> } | null} */
let lock = null;

/** The screen stays on while it lasts. */
async function wake() {
  if (isOver()) {
    await lock?.release().catch(() => {});
    lock = null;
  } else if (!lock && document.visibilityState === "visible") {
    lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    lock &&
      /** @type {any} */ (lock).addEventListener("release", () => {
        lock = null;
      });
  }
}

// --- afterwards: kind, words, pictures, cancel ---

/** @param {any} said @param {string} path */
async function post(said, path) {
  if (!alert) return null;
  const answer = await call(alert, `/${alert.alert_id}/${path}`, said).catch(() => null);
  say("refused", "");
  if (answer?.ok && path !== "media") await learn(await answer.json());
  else if (!answer) say("refused", page.dataset.away ?? "");
  else if (!answer.ok) say("refused", (await answer.json().catch(() => null))?.detail ?? page.dataset.away ?? "");
  return answer;
}

for (const kind of every("[data-kind]", HTMLButtonElement)) {
  kind.onclick = async () => {
    const answer = await post({ kind: kind.dataset.kind }, "messages");
    if (answer?.ok)
      for (const other of every("[data-kind]", HTMLButtonElement)) other.ariaPressed = String(other === kind);
  };
}
/** @type {{ text: string, key: string } | null} */
let writing = null;
one("[data-words]", HTMLFormElement).onsubmit = async (event) => {
  event.preventDefault();
  const field = one("[data-words] textarea", HTMLTextAreaElement);
  const text = field.value.trim();
  if (!text) return;
  // The same key for the same words: an answer that was lost makes no second message.
  if (writing?.text !== text) writing = { text, key: newId() };
  const answer = await post(writing, "messages");
  if (answer?.ok) {
    field.value = "";
    writing = null;
  }
};
/**
 * A picture made small: as the camera wrote it, it would be minutes on its way, or more than the server takes.
 * @param {File} file
 */
async function light(file) {
  if (!file.type.startsWith("image/")) return file;
  const photos = await import("./photos.js").catch(() => null); // not with the page: what calls for help is light
  return photos ? photos.smaller(file) : file;
}

one("[data-media]", HTMLInputElement).onchange = async (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const file = field.files?.[0];
  if (!file) return;
  show("media-sent", "no"); // what arrived was the one before
  const form = new FormData();
  form.append("file", await light(file));
  const answer = await post(form, "media");
  show("media-sent", answer?.ok ? "yes" : "no");
};
one("[data-cancel]", HTMLFormElement).onsubmit = async (event) => {
  event.preventDefault();
  const code = maybe("[data-cancel] input", HTMLInputElement);
  const answer = await post({ code: code?.value ?? "" }, "cancel");
  if (code && answer) code.value = "";
};
one("[data-plain] form", HTMLFormElement).onsubmit = async (event) => {
  event.preventDefault(); // with a script it is kept and sent as from the button, and its words follow
  const text = one("[data-plain] textarea", HTMLTextAreaElement).value.trim();
  await fire();
  if (text) writing = { text, key: newId() };
};
one("[data-again]", HTMLButtonElement).onclick = async () => {
  if (alert) await forget(alert.alert_id).catch(() => {});
  alert = null;
  next = newName();
  links();
  show("hint", "ready");
  page.classList.remove("quiet");
  live();
  ask();
};

// --- the beginning ---

try {
  silent.checked = localStorage.getItem("kentongan-silent") === "yes";
  silent.onchange = () => localStorage.setItem("kentongan-silent", silent.checked ? "yes" : "no");
} catch {
  // A browser that keeps nothing: the button works all the same.
}
one("[data-where]", HTMLButtonElement).onclick = () => locate();
for (const kept of await all().catch(() => [])) {
  if (kept.told && ["closed", "cancelled"].includes(kept.told.state) && Date.now() - kept.pressed_at > DAY)
    await forget(kept.alert_id);
  else if (!alert || kept.pressed_at > alert.pressed_at) alert = kept;
}
show("hint", "ready");
show("watched", navigator.onLine ? "unknown" : "offline");
show("media-sent", "no");
links();
live();
const allowed = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
if (alert || allowed?.state === "granted") locate();
const power = await /** @type {any} */ (navigator).getBattery?.().catch(() => null);
if (power) battery = Math.round(power.level * 100);
beginSafe({ locate, place, tremble, show, say, clock, fire, adopt });
setInterval(look, ASK);
setInterval(() => {
  follow();
  if (alert) live();
}, 1_000);
setInterval(() => alert || ask(), 15_000);
addEventListener("online", () => {
  send();
  ask();
});
document.addEventListener("visibilitychange", wake);
page.dataset.ready = "yes";
send();
