// While a page is looked at, its numbers, its list and its map stay as they are on the server: what is marked data-live
// is asked for again, when the server says that one of the page's data-topics has changed, or every while where it
// cannot say so. Nothing moves under a finger or the keyboard: a part that has the focus waits for the next turn.
import { listen, replaceParts, subject } from "./renewing.js";

const AGAIN = 20_000; // milliseconds between two looks where nobody tells us
const PAUSE = 1_000; // at least between two looks where somebody does; a page that thousands look at says more

const pause = Number(subject()?.dataset.pause ?? PAUSE);
/** @type {EventSource | null} */
let stream = null;
let looked = 0;
let soon = 0;

async function renew() {
  if (document.hidden) return;
  looked = Date.now();
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return; // the network is away for a moment, or they are
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  replaceParts(fresh);
  document.dispatchEvent(new CustomEvent("renewed", { detail: fresh }));
}

/** Looks once the pause is over, not all pages in the same moment; what changes until then is seen with it. */
function renewSoon() {
  if (soon) return;
  const wait = Math.max(0, looked + pause - Date.now()) + (Math.random() * pause) / 4;
  soon = window.setTimeout(() => {
    soon = 0;
    renew();
  }, wait);
}

function begin() {
  stream = document.hidden ? null : listen(renewSoon);
}

document.addEventListener("visibilitychange", () => {
  stream?.close(); // a page that nobody sees costs no battery
  begin();
  renew();
});
setInterval(() => {
  if (stream?.readyState !== EventSource.OPEN) renew();
}, AGAIN);
begin();
