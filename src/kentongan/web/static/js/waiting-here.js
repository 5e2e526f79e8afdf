// On every page: what waits on this phone, sent by itself as soon as the network is back.
import { all, draft, forget, forgetDraft, keep, keepDraft, send } from "./waiting.js";

const place = document.getElementById("waiting"), AGAIN = 30_000; // milliseconds between two tries

function line(kind, fill) {
  const one = place.querySelector(`template[data-as=${kind}]`).content.firstElementChild.cloneNode(true);
  fill(one);
  return one;
}

async function show(codes = []) {
  const reports = await all();
  const lines = reports.map((report) => line(report.refused ? "refused" : "waiting", (one) => {
    one.querySelector("[data-words]").textContent = report.text.slice(0, 80) || report.name || "";
    if (report.refused) one.querySelector("[data-why]").textContent = report.refused;
    one.querySelector("[data-delete]").onclick = () => forget(report.submission_id).then(() => show());
    const mend = one.querySelector("[data-mend]");
    if (mend) mend.onclick = async () => {
      await keepDraft({ ...report, refused: "" });
      await forget(report.submission_id);
      location.href = "/report/offline";
    };
    const now = one.querySelector("[data-send]");
    if (now) now.onclick = () => turn();
  }));
  const sent = codes.map((code) => line("sent", (one) => { one.querySelector("a").href = `/r/${code}`; one.querySelector("b").textContent = code; }));
  if (sent.length) place.querySelectorAll("[data-sent]").forEach((one) => one.remove());
  const before = [...place.querySelectorAll("[data-sent]")];
  place.querySelectorAll(":scope > .notice").forEach((one) => one.remove());
  place.append(...before, ...sent, ...lines);
  return reports.some((report) => !report.refused);
}

let timer;
export async function turn() {
  clearTimeout(timer);
  const codes = await send();
  if (await show(codes)) timer = setTimeout(turn, AGAIN);
}

// Keeps a finished report and tries at once; the browser is asked to go on when the page is closed.
export async function wait(report) {
  await keep(report);
  const worker = await navigator.serviceWorker?.getRegistration();
  await worker?.sync?.register("waiting").catch(() => {}); // not every browser can, or is allowed to
  await turn();
}

// The form has led to a report: what the phone kept of it has arrived.
if (location.pathname.startsWith("/r/") && (await draft().catch(() => null))?.sending) await forgetDraft();
navigator.serviceWorker?.register("/service-worker.js", { type: "module" }).catch(() => {});
addEventListener("online", turn);
if (await show().catch(() => false)) turn();
