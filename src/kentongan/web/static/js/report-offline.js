// The whole report on one page, for when there is no network: nothing here needs the server.
import { draft, forgetDraft, keepDraft } from "./waiting.js";
import { wait } from "./waiting-here.js";

const form = document.querySelector("form[data-offline]"), MOST = 5;
const NAMES = ["lon", "lat", "text", "url"];
const kept = (await draft().catch(() => null)) || {};
const said = { submission_id: crypto.randomUUID(), photos: [], body: "", privacy: "public", ...kept, sending: false };

function fill() {
  NAMES.forEach((name) => { form.elements[name].value = said[name] ?? ""; });
  const kind = form.querySelector(`input[name=category][value="${CSS.escape(said.category || "")}"]`);
  if (kind) {
    kind.checked = true;
    const group = kind.closest("details");
    if (group) group.open = true;
  }
  form.elements.privacy.value = said.privacy;
  showPhotos();
}

function showPhotos() {
  const list = form.querySelector("[data-photos]");
  list.replaceChildren(...said.photos.map((photo, at) => {
    const one = list.nextElementSibling.content.firstElementChild.cloneNode(true);
    one.querySelector("img").src = photo.blob ? URL.createObjectURL(photo.blob) : `/report/new/photo/${photo.id}`;
    one.querySelector("button").onclick = () => { said.photos.splice(at, 1); showPhotos(); keepDraft(said); };
    return one;
  }));
  list.hidden = !said.photos.length;
}

function read() {
  NAMES.forEach((name) => { said[name] = form.elements[name].value.trim(); });
  const kind = form.querySelector("input[name=category]:checked");
  said.category = kind?.value || "";
  said.name = kind?.closest(".choice").querySelector("span").firstChild.textContent || "";
  said.needs_place = kind ? kind.hasAttribute("data-place") : true;
  said.privacy = form.elements.privacy.value;
}

function wrong() {
  const faults = { category: !said.category, place: said.needs_place && !(said.lon && said.lat), words: !said.text && !said.photos.length };
  Object.entries(faults).forEach(([name, is]) => { form.querySelector(`[data-wrong=${name}]`).hidden = !is; });
  const first = Object.keys(faults).find((name) => faults[name]);
  if (first) form.querySelector(`[data-wrong=${first}]`).scrollIntoView({ block: "center" });
  return Boolean(first);
}

function locate() {
  const here = form.querySelector("[data-locate]");
  here.hidden = !navigator.geolocation;
  here.addEventListener("click", () => navigator.geolocation.getCurrentPosition(({ coords }) => {
    form.elements.lon.value = coords.longitude.toFixed(6);
    form.elements.lat.value = coords.latitude.toFixed(6);
    form.querySelector("[data-located]").hidden = false;
    form.dispatchEvent(new Event("change"));
  }, () => { form.querySelector("[data-locate-wrong]").hidden = false; }, { enableHighAccuracy: true, timeout: 30000 }));
}

form.elements.photos.addEventListener("change", () => {
  said.photos.push(...[...form.elements.photos.files].map((blob) => ({ blob, id: "" })));
  form.querySelector("[data-wrong=photos]").hidden = said.photos.length <= MOST;
  said.photos.splice(MOST);
  form.elements.photos.value = "";
  showPhotos();
  keepDraft(said);
});
form.addEventListener("change", () => { read(); keepDraft(said); });
form.addEventListener("input", () => { read(); keepDraft(said); });
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  read();
  if (wrong()) return;
  form.querySelector(".thumb .main").disabled = true;
  await wait(said);
  await forgetDraft();
  form.hidden = true;
  document.querySelector("[data-kept]").hidden = false;
  scrollTo(0, 0);
});
locate();
fill();
if (kept.sending) keepDraft(said); // it did not arrive
