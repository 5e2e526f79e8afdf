// One report, several officers: who else has it open is told by the stream of the page, and what is being written is
// kept on the server and on this device until it is sent.
import { every, maybe } from "../js/page.js";
import { listen } from "../js/renewing.js";

const PAUSE = 1500; // milliseconds after the last key until the server keeps it
const WRITING = 31_000; // after which nobody is writing any more who has stopped

const part = maybe("#here", HTMLElement);
const token = maybe("input[name=csrfmiddlewaretoken]", HTMLInputElement)?.value ?? "";
let soon = 0;

/** Puts what the server says now of the others in its place. */
async function look() {
  if (!part?.dataset.at) return;
  const answer = await fetch(part.dataset.at).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#here");
  if (!(fresh instanceof HTMLElement)) return;
  if (part.textContent !== fresh.textContent) part.replaceChildren(...fresh.childNodes);
  clearTimeout(soon);
  if (fresh.dataset.writing !== undefined) soon = window.setTimeout(look, WRITING);
}

/** Where this device keeps it: nobody else who signs in here sees it. @param {string} step */
const place = (step) => `kentongan-draft/${part?.dataset.whose}/${part?.dataset.code}/${step}`;

/** @param {string} step @param {string} text */
const keep = (step, text) =>
  fetch(part?.dataset.keep ?? "", {
    method: "POST",
    keepalive: true, // also while the page is left
    body: new URLSearchParams({ csrfmiddlewaretoken: token, step, text }),
  }).catch(() => null); // without a network this device still has it

/** The entry that the page was made at. @param {HTMLTextAreaElement} box */
const seq = (box) => Number(box.form?.querySelector("input[name=expected_seq]")?.getAttribute("value") ?? 0);

/** @param {HTMLTextAreaElement} box */
function watch(box) {
  const step = box.id.replace(/-text$/, "");
  let waits = 0;
  let sent = false;
  const held = JSON.parse(localStorage.getItem(place(step)) ?? "null");
  const known = Number(box.dataset.keptAt ?? 0);
  // What was sent arrived where the report has gone on since; else the network was away, and it is still to be sent.
  if (held?.sent && seq(box) > held.sent) localStorage.removeItem(place(step));
  else if (held?.text && held.at > known && held.text !== box.value && !box.dataset.typed) {
    box.value = held.text; // written where the server could not be reached
    keep(step, held.text);
  }
  const folded = box.closest("details");
  if (box.value && folded) folded.open = true;
  const save = () => {
    clearTimeout(waits);
    waits = 0;
    if (!sent) keep(step, box.value);
  };
  box.addEventListener("input", () => {
    if (box.value) localStorage.setItem(place(step), JSON.stringify({ text: box.value, at: Date.now() }));
    else localStorage.removeItem(place(step));
    clearTimeout(waits);
    waits = window.setTimeout(save, PAUSE);
  });
  box.form?.addEventListener("submit", () => {
    sent = true;
    clearTimeout(waits);
    localStorage.setItem(place(step), JSON.stringify({ text: box.value, at: Date.now(), sent: seq(box) }));
  });
  addEventListener("pagehide", () => {
    if (waits) save();
  });
}

if (part) {
  for (const box of every("textarea[data-draft]", HTMLTextAreaElement)) watch(box);
  let stream = listen(look);
  document.addEventListener("visibilitychange", () => {
    stream?.close(); // who does not look at it does not have it open
    stream = document.hidden ? null : listen(look);
  });
}
