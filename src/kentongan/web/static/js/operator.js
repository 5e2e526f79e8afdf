// The operator's console: it is asked again every two seconds, says every ten that somebody sits here, and sounds
// until somebody has what waits. Time comes from a worker of its own: browsers slow down the clocks of pages in the
// background.
import { maybe, timeOf } from "./page.js";
import { listen, replaceParts } from "./renewing.js";

const BEAT = 10; // seconds
const CUT = 8_000; // milliseconds without an answer after which the page says so

/** @type {AudioContext | undefined} */
let audio;
let turns = 0;
let asking = false;
let pressed = false; // nothing is taken away under a finger
let heard = Date.now();
const title = document.title;
const at = maybe("[data-at]", HTMLElement)?.dataset.at ?? location.href;

/** Whether something waits that this operator was called for. */
const rings = () => Boolean(maybe("[data-rings=yes]", HTMLElement));

async function renew() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(at, { headers: { accept: "text/html" }, signal: AbortSignal.timeout(6_000) });
    if (answer.redirected) location.reload(); // signed out
    if (!answer.ok) return;
    heard = Date.now();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!pressed) replaceParts(fresh);
  } catch {
    // No answer: the page says since when.
  } finally {
    asking = false;
  }
}

async function beat() {
  const key = document.querySelector("[name=csrfmiddlewaretoken]");
  const headers = { "X-CSRFToken": key instanceof HTMLInputElement ? key.value : "" };
  await fetch("/console/alerts/beat", { method: "POST", headers, signal: AbortSignal.timeout(6_000) }).catch(() => {});
}

function sound() {
  document.title = rings() ? `(!) ${title}` : title;
  const off = maybe("[data-sound-off]", HTMLElement);
  if (off) off.hidden = audio?.state === "running";
  if (!rings() || audio?.state !== "running") return;
  for (const at of [0, 0.25, 0.5]) {
    const tone = new OscillatorNode(audio, { type: "square", frequency: at === 0.25 ? 660 : 880 });
    const volume = new GainNode(audio, { gain: 0.2 });
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.18);
  }
}

function cutOff() {
  const told = maybe("[data-cut-off]", HTMLElement);
  if (!told) return;
  told.hidden = Date.now() - heard < CUT;
  const since = maybe("[data-cut-since]", HTMLElement, told);
  if (since) since.textContent = timeOf(heard);
}

function tick() {
  turns += 1;
  if (turns % 2 === 0) renew();
  if (turns % BEAT === 0) beat();
  sound();
  cutOff();
}

function wake() {
  audio ??= new AudioContext();
  audio.resume().then(sound);
}

addEventListener("pointerdown", () => {
  pressed = true;
});
for (const kind of ["pointerup", "pointercancel"]) {
  addEventListener(kind, () =>
    setTimeout(() => {
      pressed = false;
    }, 300),
  );
}
for (const kind of ["click", "keydown"]) addEventListener(kind, wake);
wake();
listen(renew); // at once, where the turn every two seconds would be late
const clock = new Worker(new URL("./clock-worker.js", import.meta.url), { type: "module" });
clock.onmessage = tick;
document.addEventListener("visibilitychange", renew);
beat();
