// On every page: what waits on this phone, sent by itself as soon as the network is back.
import { copyOf, every, maybe, one } from "./page.js";
import { all, draft, forget, forgetDraft, keep, keepDraft, send } from "./waiting.js";

const place = one("#waiting", HTMLElement);
const AGAIN = 30_000; // milliseconds between two tries
const KEPT = ["/mine", "/console/tasks"]; // a person's own pages

/** @param {"waiting" | "refused" | "sent" | "result" | "ended" | "done"} kind */
const line = (kind) => copyOf(one(`template[data-as=${kind}]`, HTMLTemplateElement, place));

/** @param {import("./waiting.js").KeptReport} report */
function lineOf(report) {
  if (report.to && report.refused) return lineOfEnded(report);
  if (report.to) {
    const told = line("result");
    one("[data-words]", HTMLElement, told).textContent = report.name ?? "";
    return told;
  }
  const told = line(report.refused ? "refused" : "waiting");
  one("[data-words]", HTMLElement, told).textContent = report.text?.slice(0, 80) || report.name || "";
  if (report.refused) one("[data-why]", HTMLElement, told).textContent = report.refused;
  one("[data-delete]", HTMLElement, told).onclick = () => forget(report.submission_id).then(() => show());
  const mend = maybe("[data-mend]", HTMLElement, told);
  if (mend) {
    mend.onclick = async () => {
      await keepDraft({ ...report, refused: "" });
      await forget(report.submission_id);
      location.href = "/report/offline";
    };
  }
  const now = maybe("[data-send]", HTMLElement, told);
  if (now) now.onclick = () => turn();
  return told;
}

/**
 * A result that is not taken: why, and all of it, to be handed over.
 * @param {import("./waiting.js").KeptReport} report
 */
function lineOfEnded(report) {
  const told = line("ended");
  one("[data-words]", HTMLElement, told).textContent = [report.code, report.name].filter(Boolean).join(" · ");
  one("[data-why]", HTMLElement, told).textContent = report.refused ?? "";
  one("[data-text]", HTMLElement, told).textContent = [report.text, report.no_photo_reason].filter(Boolean).join("\n");
  const photos = one("[data-photos]", HTMLElement, told);
  report.photos.forEach(({ blob }, at) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${report.code}-${at + 1}.jpg`;
    link.className = "button";
    link.textContent = `${photos.dataset.word} ${at + 1}`;
    photos.append(link);
  });
  one("[data-send]", HTMLElement, told).onclick = () => keep({ ...report, refused: "" }).then(() => turn());
  const end = one("[data-delete]", HTMLButtonElement, told);
  end.onclick = async () => {
    if (!end.dataset.asked) {
      end.dataset.asked = "yes";
      one("span", HTMLElement, end).textContent = end.dataset.sure ?? "";
      return;
    }
    await forget(report.submission_id);
    await show();
  };
  return told;
}

/** @param {import("./waiting.js").Sent} sent */
function lineOfSent({ code, of }) {
  const told = line(of.to ? "done" : "sent");
  const link = maybe("a", HTMLAnchorElement, told);
  if (link) link.href = `/r/${code}`;
  one("b", HTMLElement, told).textContent = code;
  return told;
}

/**
 * Shows what waits and what has just been sent.
 * @param {import("./waiting.js").Sent[]} told
 * @returns {Promise<boolean>} whether something still waits to be sent
 */
async function show(told = []) {
  const whose = document.documentElement.dataset.whose ?? "";
  const reports = (await all()).filter((report) => !report.to || report.whose === whose);
  const sent = told.map(lineOfSent);
  if (sent.length) for (const old of every("[data-sent]", HTMLElement, place)) old.remove();
  const before = every("[data-sent]", HTMLElement, place);
  for (const old of every(":scope > .notice", HTMLElement, place)) old.remove();
  // The page of an officer's tasks shows what waits of them itself.
  const shown = maybe("[data-unsent]", HTMLElement) ? reports.filter((report) => !report.to) : reports;
  place.append(...before, ...sent, ...shown.map(lineOf));
  return reports.some((report) => !report.refused);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Tries to send, and again in a while as long as something waits. */
export async function turn() {
  clearTimeout(timer);
  const sent = await send();
  if (await show(sent)) timer = setTimeout(turn, AGAIN);
  dispatchEvent(new CustomEvent("turned", { detail: sent }));
}

/**
 * Keeps a finished report and tries at once; the browser is asked to go on when the page is closed.
 * @param {import("./waiting.js").KeptReport} report
 */
export async function wait(report) {
  report.kept_at ??= Date.now();
  await keep(report);
  const worker = await navigator.serviceWorker?.getRegistration();
  // Background sync is no part of the standard types: not every browser has it, or allows it.
  const sync = /** @type {{ sync?: { register(tag: string): Promise<void> } } | undefined} */ (worker)?.sync;
  await sync?.register("waiting").catch(() => {});
  turn(); // nobody waits for a server that does not answer: what is kept is kept
}

/** What this phone keeps of a person's own pages is for that person alone: it goes where somebody else is here. */
async function keepToOneself() {
  const whose = document.documentElement.dataset.whose ?? "";
  for (const path of KEPT) {
    const kept = await caches.match(path, { cacheName: "kentongan-own" }); // to open it would make it anew
    if (kept && kept.headers.get("x-whose") !== whose) await caches.delete("kentongan-own");
  }
}

// A page that the phone kept says so.
const offline = maybe("[data-offline-note]", HTMLElement);
if (offline) {
  offline.hidden = navigator.onLine;
  addEventListener("offline", () => {
    offline.hidden = false;
  });
  addEventListener("online", () => {
    offline.hidden = true;
  });
}
if (navigator.onLine) keepToOneself().catch(() => {});
// The way back after signing out leads to no page of who was here: it is asked for again.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && KEPT.includes(location.pathname)) location.reload();
});

// The form has led to a report: what the phone kept of it has arrived.
if (location.pathname.startsWith("/r/") && (await draft().catch(() => null))?.sending) await forgetDraft();
navigator.serviceWorker?.register("/service-worker.js", { type: "module" }).catch(() => {});
addEventListener("online", turn);
if (await show().catch(() => false)) turn();
