// Before anything has happened: hold until safe, and the timer. Both are timers of the server, so that a phone that
// dies alerts too; for the hold the phone alerts by itself after ten seconds, network or not, as the same alert.
import { ask, newName, serverNow } from "./alert-kept.js";
import { maybe, one } from "./page.js";

/**
 * What this phone keeps of a timer. `alert_at`: when it alerts by itself, for a hold that was released; `sure`: the
 * server has it.
 * @typedef {{ alert_id: string, claim: string, due_at: number, minutes: number, text: string, alert_at?: number,
 *   sure: boolean }} KeptTimer
 *
 * @typedef {{
 *   locate(): void, place(): object, tremble(times: number[]): void, show(kind: string, fits: string): void,
 *   say(name: string, words: string): void, clock(at: number): string,
 *   fire(name: { alert_id: string, claim: string }): Promise<void>,
 *   adopt(name: { alert_id: string, claim: string }, at: number): Promise<void>,
 * }} Page
 */

const NAME = "kentongan-timer";
const OWED = "kentongan-timers-over"; // the timers that are over here, of which the server is still to be told
const COUNTDOWN = 10_000; // milliseconds between letting go and the alert
const CHECKING = 3_000; // longer than that no answer about a code is waited for
const AGAIN = 5_000; // between two tries to tell the server

/** @type {Page} */
let page;
/** @type {KeptTimer | null} */
let timer = null;
/** @type {{ alert_id: string, claim: string }[]} */
let owed = [];
let settledAt = 0;
let checking = 0;
let triedAt = 0;
let holding = false;
let busy = false;

const area = one("[data-safe]", HTMLDetailsElement);
const button = one("[data-safe-hold]", HTMLButtonElement);
const answer = one("[data-answer]", HTMLFormElement);
const code = one("[data-answer] input", HTMLInputElement);
const asked = () => area.dataset.code === "yes";
/** @param {string} words */
const refuse = (words) => page.say("unanswered", words);

/** @param {KeptTimer | null} next */
function remember(next) {
  timer = next;
  try {
    if (next) localStorage.setItem(NAME, JSON.stringify(next));
    else localStorage.removeItem(NAME);
  } catch {
    // A browser that keeps nothing: it holds as long as the page is open.
  }
}

/** @param {string} name */
function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/** @param {{ alert_id: string, claim: string }[]} list */
function owe(list) {
  owed = list;
  try {
    localStorage.setItem(OWED, JSON.stringify(list));
  } catch {
    // as for the timer itself
  }
}

/** Tells the server that a timer is over, which it did not hear when it was said. Nothing else waits for that. */
async function settle() {
  const [first] = owed;
  if (!first || Date.now() - settledAt < AGAIN) return;
  settledAt = Date.now();
  const came = await ask(`timers/${first.alert_id}/end`, first.claim, {}).catch(() => null);
  if (came && came.status < 500) owe(owed.filter((other) => other.alert_id !== first.alert_id));
}

function draw() {
  const state = !timer ? "none" : timer.alert_at ? "released" : "runs";
  page.show("timer", state);
  page.show("sure", timer?.sure ? "yes" : "no");
  page.show("code-asked", asked() ? "yes" : "no");
  page.show("safe-held", holding ? "held" : "free");
  if (state === "none") return;
  area.open = true;
  page.say("due", page.clock(timer?.due_at ?? 0));
  page.say("safe-count", String(Math.max(0, Math.ceil(((timer?.alert_at ?? 0) - Date.now()) / 1000))));
}

/** Tells the server of the timer; false where it refuses, null where it does not answer. However often, it is one. */
async function tell() {
  if (!timer) return true;
  triedAt = Date.now();
  const { alert_id, claim, minutes, text } = timer;
  const said = { timer_id: alert_id, minutes, text, again: true, ...page.place() };
  const came = await ask("timers", claim, said).catch(() => null);
  if (!came) return null;
  if (timer?.alert_id !== alert_id) return true;
  if (came.ok) {
    const told = await came.json();
    area.dataset.code = told.asks_code ? "yes" : "no";
    remember({ ...timer, sure: true, due_at: told.ended_at ? serverNow() : Date.parse(told.due_at) });
  } else refuse((await came.json().catch(() => null))?.detail ?? "");
  draw();
  return came.ok;
}

/** @param {Partial<KeptTimer> & { minutes: number }} given */
async function start(given) {
  refuse("");
  page.show("safe-over", "no");
  remember({ ...newName(), text: "", due_at: serverNow() + given.minutes * 60_000, sure: false, ...given });
  draw();
  const told = await tell();
  if (told || !timer || timer.alert_at) return;
  const { alert_id, claim } = timer;
  if (told === null) owe([...owed, { alert_id, claim }]); // only its answer may be lost: then the server has it
  remember(null); // a timer that only this phone knows would be a promise that nobody keeps
  if (told === null) refuse(area.dataset.away ?? "");
  draw();
}

/** @param {number} [later] minutes from now, for somebody who goes on */
async function answered(later) {
  if (!timer || busy) return;
  busy = true;
  refuse("");
  checking = Date.now() + CHECKING;
  const { alert_id, claim, text } = timer;
  const said = later
    ? { timer_id: alert_id, minutes: later, text, code: code.value, ...page.place() }
    : { code: code.value };
  if (!timer.sure) await tell();
  const came = await ask(later ? "timers" : `timers/${alert_id}/end`, claim, said).catch(() => null);
  busy = false;
  checking = 0;
  if (timer?.alert_id !== alert_id) return;
  if (came?.ok && later) remember({ ...timer, due_at: Date.parse((await came.json()).due_at) });
  else if (came?.ok) over();
  else if (!came && !asked() && !later) {
    owe([...owed, { alert_id, claim }]);
    over();
  } else refuse(came ? ((await came.json().catch(() => null))?.detail ?? "") : (area.dataset.unchecked ?? ""));
  if (came?.ok) code.value = "";
  draw();
}

function over() {
  remember(null);
  page.show("safe-over", "yes");
  page.tremble([60]);
}

async function tick() {
  draw();
  settle();
  if (!timer) return;
  const now = Date.now();
  const { alert_id, claim, alert_at, due_at } = timer;
  if (alert_at && now >= Math.max(alert_at, checking)) {
    remember(null);
    await page.fire({ alert_id, claim });
  } else if (busy) {
    return;
  } else if (!timer.sure) {
    if (now - triedAt > AGAIN) await tell();
  } else if (serverNow() >= due_at && now - triedAt > AGAIN) {
    triedAt = now;
    const came = await ask(`timers/${alert_id}`, claim).catch(() => null);
    const told = came?.ok ? await came.json() : null;
    if (told?.alert_id) {
      remember(null);
      await page.adopt({ alert_id: told.alert_id, claim }, due_at - serverNow() + now);
    } else if (told?.ended_at || came?.status === 404) remember(null); // answered elsewhere
  }
  draw();
}

function press() {
  if (timer || holding) return;
  holding = true;
  page.show("safe-over", "no");
  page.locate();
  page.tremble([60]);
  draw();
}

function letGo() {
  if (!holding) return;
  holding = false;
  page.tremble([200, 100, 200]);
  start({ minutes: 1, alert_at: Date.now() + COUNTDOWN });
  (asked() ? code : one("[data-answer] button", HTMLButtonElement)).focus();
}

button.addEventListener("pointerdown", (event) => {
  button.setPointerCapture(event.pointerId);
  press();
});
// Letting go is what alerts, also where the system takes the finger away: another app, a call, the screen's end.
for (const kind of /** @type {const} */ (["pointerup", "pointercancel", "blur"])) button.addEventListener(kind, letGo);
button.addEventListener("contextmenu", (event) => event.preventDefault());
button.addEventListener("keydown", (event) => {
  if (![" ", "Enter"].includes(event.key)) return;
  event.preventDefault();
  if (!event.repeat) press();
});
button.addEventListener("keyup", letGo);
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && letGo());
answer.onsubmit = (event) => {
  event.preventDefault();
  answered();
};
one("[data-later]", HTMLButtonElement).onclick = () => answered(30);
one("[data-new-timer]", HTMLFormElement).onsubmit = (event) => {
  event.preventDefault();
  const minutes = Number(one("[data-new-timer] select", HTMLSelectElement).value);
  page.locate();
  start({ minutes, text: maybe("[data-new-timer] textarea", HTMLTextAreaElement)?.value.trim() ?? "" });
};

/** @param {Page} given what the emergency page lends */
export function begin(given) {
  page = given;
  timer = remembered(NAME);
  owed = remembered(OWED) ?? [];
  addEventListener("storage", (event) => {
    if (event.key === NAME) timer = remembered(NAME); // another window has begun or ended it
    if (event.key === OWED) owed = remembered(OWED) ?? [];
  });
  page.show("safe-over", "no");
  draw();
  setInterval(tick, 250);
}
