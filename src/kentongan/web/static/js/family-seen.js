// The page of who sees where somebody is: it hears of each change, and says how old what it shows is. Where the server
// has nothing to show any more, it shows nothing any more.
import { every, maybe, timeOf } from "./page.js";
import { listen, replaceParts } from "./renewing.js";

const AGAIN = 15_000; // milliseconds between two looks where nobody tells us
const CUT = 40_000; // without an answer after which the page says so
let heard = Date.now();
let ahead = Number.NaN; // milliseconds by which this clock is before the server's, which says how old a place is
let asking = false;

async function look() {
  if (asking || document.hidden) return;
  asking = true;
  const said = { headers: { accept: "text/html" }, signal: AbortSignal.timeout(10_000) };
  const answer = await fetch(location.href, said).catch(() => null);
  const text = answer?.ok ? await answer.text().catch(() => "") : ""; // one that stops halfway is none
  asking = false;
  if (answer?.status === 404) {
    location.reload();
  } else if (text) {
    heard = Date.now();
    ahead = heard - (Date.parse(answer?.headers.get("date") ?? "") || heard);
    replaceParts(new DOMParser().parseFromString(text, "text/html"));
    tick();
  }
}

/** The age in words, which grows while nothing comes. */
function tick() {
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  for (const time of every("[data-live] time", HTMLTimeElement)) {
    if (Number.isNaN(ahead)) break; // what the server has written stands until it was heard once
    const seconds = Math.max(0, Math.round((Date.now() - ahead - Date.parse(time.dateTime)) / 1000));
    if (seconds < 60) time.textContent = words.format(-seconds, "second");
    else if (seconds < 3_600) time.textContent = words.format(-Math.floor(seconds / 60), "minute");
    else time.textContent = words.format(-Math.floor(seconds / 3_600), "hour");
  }
  const cut = maybe("[data-cut-off]", HTMLElement);
  const since = maybe("[data-cut-since]", HTMLElement);
  if (cut) cut.hidden = Date.now() - heard < CUT;
  if (since) since.textContent = timeOf(heard);
}

listen(look);
setInterval(look, AGAIN);
setInterval(tick, 5_000);
document.addEventListener("visibilitychange", look);
look();
