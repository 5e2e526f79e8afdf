// The report form's comforts. Without this file every step still works: the server keeps the draft.
import "./map.js";

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

// Words are kept on the phone at once, so that a lost page loses nothing.
function keepWords() {
  const text = form.querySelector("textarea[name=text]");
  if (!text) return;
  const key = `draft-${field("submission_id").value}`;
  if (!text.value) text.value = localStorage.getItem(key) || "";
  text.addEventListener("input", () => localStorage.setItem(key, text.value));
  form.addEventListener("submit", () => localStorage.removeItem(key));
}

const step = form?.dataset.step;
if (step === "photo") field("photos").addEventListener("change", () => form.requestSubmit());
if (step === "place") pickPlace();
if (step === "kind") suggestKind();
if (step === "words") keepWords();
// A second tap is harmless on the server; here it is spared the wait.
form?.addEventListener("submit", () => setTimeout(() => form.querySelectorAll(".thumb button").forEach((one) => { one.disabled = true; })));
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.getElementById("errors")?.focus();
