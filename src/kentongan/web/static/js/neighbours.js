// A neighbourhood: it says that it is open, so that a call may go here first; it strikes the drum while somebody needs
// help and who looks has not answered; and it makes the drum's signals by code.
import { every, maybe } from "./page.js";

const BEAT = 25_000; // milliseconds; the server counts sixty seconds
const STROKE = 0.24; // seconds between two strokes of a group
const REST = 0.55; // between two groups
const ROLL = 0.09; // between the strokes of the unbroken roll

/** @type {AudioContext | undefined} */
let audio;
let alarmed = 0;

/**
 * One stroke on hollow wood: two tones that fall and die, and the knock of the stick.
 * @param {AudioContext} into
 * @param {number} at
 */
function strike(into, at) {
  for (const [pitch, loud] of [
    [310, 0.5],
    [512, 0.25],
  ]) {
    const tone = new OscillatorNode(into, { type: "triangle", frequency: pitch });
    const volume = new GainNode(into, { gain: 0 });
    tone.frequency.setValueAtTime(pitch * 1.15, at);
    tone.frequency.exponentialRampToValueAtTime(pitch, at + 0.04);
    volume.gain.setValueAtTime(loud, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
    tone.connect(volume).connect(into.destination);
    tone.start(at);
    tone.stop(at + 0.18);
  }
}

/**
 * When the strokes of a signal fall, in seconds from its beginning.
 * @param {string} beats
 * @returns {number[]}
 */
function times(beats) {
  if (beats === "~") return Array.from({ length: 36 }, (_one, number) => number * ROLL);
  /** @type {number[]} */
  const found = [];
  let at = 0;
  for (const group of beats.split(" ")) {
    for (let stroke = 0; stroke < Number(group); stroke++) {
      found.push(at);
      at += STROKE;
    }
    at += REST;
  }
  return found;
}

/** @param {string} beats */
function play(beats) {
  audio ??= new AudioContext();
  const into = audio;
  const begin = into.currentTime + 0.05;
  for (const at of times(beats)) strike(into, begin + at);
}

async function beat() {
  if (document.hidden) return;
  const key = maybe("[name=csrfmiddlewaretoken]", HTMLInputElement)?.value ?? "";
  const said = { method: "POST", headers: { "X-CSRFToken": key }, signal: AbortSignal.timeout(8_000) };
  await fetch("/lingkungan/beat", said).catch(() => {});
}

function alarm() {
  const off = maybe("[data-sound-off]", HTMLElement);
  if (off) off.hidden = audio?.state === "running";
  if (!maybe("[data-alarm]", HTMLElement)) return;
  if (audio?.state === "running" && Date.now() - alarmed > 5_000) {
    alarmed = Date.now();
    play("~");
  }
  navigator.vibrate?.([200, 100, 200]);
}

addEventListener("click", async (event) => {
  const pressed = event.target instanceof Element ? event.target : null;
  audio ??= new AudioContext();
  await audio.resume().catch(() => {});
  const signal = pressed?.closest("[data-beats]");
  if (signal instanceof HTMLElement) play(signal.dataset.beats ?? "");
  const form = pressed?.closest("[data-locate]")?.closest("form");
  if (form) locate(form);
});

/** @param {HTMLFormElement} form */
function locate(form) {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      for (const [name, value] of [
        ["lon", coords.longitude],
        ["lat", coords.latitude],
        ["accuracy", coords.accuracy],
      ]) {
        const field = form.elements.namedItem(String(name));
        if (field instanceof HTMLInputElement) field.value = String(value);
      }
      form.submit();
    },
    () => form.submit(), // the server says what is missing
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 5_000 },
  );
}

for (const one of every("[data-locate]", HTMLElement)) one.hidden = !navigator.geolocation;
if (maybe("#neighbourhood", HTMLElement)) {
  beat();
  setInterval(beat, BEAT);
  setInterval(alarm, 2_000);
  document.addEventListener("renewed", alarm);
  alarm();
}
