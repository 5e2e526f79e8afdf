// The phone of a unit: it says where it is while the unit is on duty and the page is open, that somebody holds it, and
// sounds until somebody has answered. Time comes from a worker: browsers slow down the clocks of hidden pages.
import { every, maybe, timeOf } from "./page.js";
import { listen, replaceParts } from "./renewing.js";

const OFTEN = 15; // seconds between two places, or two signs of life where there is no place

/** @type {AudioContext | undefined} */
let audio;
/** @type {GeolocationPosition | null} */
let last = null;
let watch = 0;
let turns = 0;

const onDuty = () => every("[data-duty=on]", HTMLElement).map((one) => one.dataset.of ?? "");
const rings = () => Boolean(maybe("[data-rings=yes]", HTMLElement));

/** @param {string} which */
function told(which) {
  for (const one of every("[data-place-told]", HTMLElement)) one.hidden = one.dataset.placeTold !== which;
}

/** @param {string} path @param {Record<string, string>} said */
function post(path, said) {
  const key = maybe("[name=csrfmiddlewaretoken]", HTMLInputElement)?.value ?? "";
  const given = { method: "POST", headers: { "X-CSRFToken": key }, body: new URLSearchParams(said) };
  return fetch(path, { ...given, signal: AbortSignal.timeout(10_000) }).catch(() => null);
}

async function send() {
  for (const unit of onDuty()) {
    if (!last) {
      await post(`/console/unit/${unit}/beat`, {});
      continue;
    }
    const { longitude, latitude, accuracy } = last.coords;
    const age = Math.max(0, Math.round((Date.now() - last.timestamp) / 1000));
    const said = { lon: `${longitude}`, lat: `${latitude}`, accuracy: `${Math.round(accuracy)}`, age: `${age}` };
    const answer = await post(`/console/unit/${unit}/place`, said);
    const at = maybe("[data-told-at]", HTMLElement);
    if (answer?.ok && at) at.textContent = timeOf(Date.now());
    if (answer?.status === 409) renew();
  }
}

/** Off duty this phone is asked for no place at all. */
function place() {
  if (onDuty().length === 0) {
    navigator.geolocation?.clearWatch(watch);
    watch = 0;
    last = null;
    told("off");
  } else if (!watch && navigator.geolocation) {
    told("on");
    watch = navigator.geolocation.watchPosition(
      (found) => {
        const first = !last;
        last = found;
        told("on");
        if (first) send();
      },
      () => told("denied"),
      { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 },
    );
  }
}

async function renew() {
  const answer = await fetch(location.href, { signal: AbortSignal.timeout(8_000) }).catch(() => null);
  if (answer?.redirected) location.reload(); // signed out
  if (!answer?.ok) return;
  replaceParts(new DOMParser().parseFromString(await answer.text(), "text/html"));
  place();
}

function sound() {
  const off = maybe("[data-sound-off]", HTMLElement);
  if (off) off.hidden = audio?.state === "running";
  if (!rings()) return;
  navigator.vibrate?.([400, 200, 400]);
  if (audio?.state !== "running") return;
  const tone = new OscillatorNode(audio, { type: "square", frequency: 740 });
  tone.connect(new GainNode(audio, { gain: 0.2 })).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.5);
}

function wake() {
  audio ??= new AudioContext();
  audio.resume().then(sound);
}

for (const kind of ["click", "keydown"]) addEventListener(kind, wake);
const awake = () => navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  awake();
  renew();
});
awake();
listen(renew);
const clock = new Worker(new URL("./clock-worker.js", import.meta.url), { type: "module" });
clock.onmessage = () => {
  turns += 1;
  if (turns % OFTEN === 0) send();
  if (turns % 10 === 0) renew(); // where no stream comes through
  if (turns % 2 === 0) sound();
};
place();
