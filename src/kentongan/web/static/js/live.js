// While a page is looked at, its numbers, its list and its map stay as they are on the server: what is marked data-live
// is asked for again. Nothing moves under a finger or the keyboard: a part that has the focus waits for the next turn.
import { every } from "./page.js";

const AGAIN = 20_000; // milliseconds

async function renew() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return; // the network is away for a moment, or they are
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const here of every("[data-live]", HTMLElement)) {
    const there = fresh.querySelector(`[data-live="${here.dataset.live}"]`);
    const changed = there && there.innerHTML !== here.innerHTML;
    if (changed && !here.contains(document.activeElement)) here.replaceChildren(...there.childNodes);
  }
  document.dispatchEvent(new Event("renewed"));
}

setInterval(renew, AGAIN);
document.addEventListener("visibilitychange", renew);
