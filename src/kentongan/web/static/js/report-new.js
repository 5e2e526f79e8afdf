// The report form's comforts. Without this file every step still works: the server keeps the draft.
import "./map.js";
import { draft, keepDraft } from "./waiting.js";

const form = document.querySelector("form[data-step]");
const field = (name) => form.querySelector(`input[name=${name}]`);

function pickPlace() {
  const place = form.querySelector("[data-map]"), here = form.querySelector("[data-locate]");
  place.addEventListener("picked", (event) => {
    field("lon").value = event.detail.lng.toFixed(6);
    field("lat").value = event.detail.lat.toFixed(6);
    form.querySelectorAll("input[name=point]").forEach((one) => { one.checked = false; });
  });
  form.addEventListener("change", (event) => {
    if (event.target.name !== "point") return;
    const [lon, lat] = event.target.value.split(",");
    field("lon").value = lon;
    field("lat").value = lat;
    place.map?.jumpTo({ center: [Number(lon), Number(lat)], zoom: 15 });
  });
  if (!navigator.geolocation) return;
  here.hidden = false;
  here.addEventListener("click", () => navigator.geolocation.getCurrentPosition((found) => {
    const { longitude, latitude } = found.coords;
    field("lon").value = longitude.toFixed(6);
    field("lat").value = latitude.toFixed(6);
    place.map?.jumpTo({ center: [longitude, latitude], zoom: 17 });
  }, () => { form.querySelector("[data-locate-wrong]").hidden = false; }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 }));
}

function suggestKind() {
  const words = form.querySelector("[data-suggest-from]"), box = form.querySelector("[data-suggested]");
  const sprite = document.querySelector("svg.icon use").getAttribute("href").split("#")[0];
  let waiting;
  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const answer = await fetch(`${form.dataset.suggest}?text=${encodeURIComponent(words.value)}`).catch(() => null);
      if (!answer?.ok) return;
      const { items } = await answer.json();
      box.querySelectorAll(".choice").forEach((one) => one.remove());
      items.forEach((one, index) => {
        const choice = document.createElement("label");
        choice.className = "choice";
        choice.innerHTML = `<input type="radio" name="category"><svg class="icon" aria-hidden="true"><use href="${sprite}#${encodeURIComponent(one.icon)}"/></svg><span></span>`;
        choice.querySelector("input").value = one.code;
        choice.querySelector("span").textContent = one.name;
        box.append(choice);
        if (index === 0 && !form.querySelector("input[name=category]:checked")) choice.querySelector("input").checked = true;
      });
      box.hidden = !items.length;
    }, 300);
  });
}

// Each answer is kept on the phone at once: a lost page loses nothing, and where the network ends the page that works
// without one goes on with it.
async function keepOnPhone() {
  const before = await draft(), said = JSON.parse(form.dataset.draft);
  const text = form.elements.text;
  if (before?.submission_id === said.submission_id && before.text && !said.text) {
    said.text = before.text;
    if (text && !text.value) text.value = before.text;
  }
  await keepDraft(said);
  const note = () => {
    ["lon", "lat", "category", "text", "url", "privacy", "body"].forEach((name) => {
      const told = form.elements[name]?.value;
      if (told !== undefined) said[name] = told;
    });
    return keepDraft(said);
  };
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  form.addEventListener("picked", note);
  form.addEventListener("submit", (event) => {
    said.sending = event.submitter?.name === "send";
    note();
  });
  return said;
}

function keepPhotos(kept) {
  const photos = field("photos");
  photos.addEventListener("change", async () => {
    const said = await kept;
    said?.photos.push(...[...photos.files].map((blob) => ({ blob, id: "" })));
    if (said) await keepDraft(said).catch(() => {});
    form.requestSubmit();
  });
}

const step = form?.dataset.step;
const kept = form && keepOnPhone().catch(() => null);
if (step === "photo") keepPhotos(kept);
if (step === "place") pickPlace();
if (step === "kind") suggestKind();
// A second tap is harmless on the server; here it is spared the wait.
form?.addEventListener("submit", () => setTimeout(() => form.querySelectorAll(".thumb button").forEach((one) => { one.disabled = true; })));
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.getElementById("errors")?.focus();
