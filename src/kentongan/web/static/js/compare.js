// Two pictures over each other with a slider between them. Without this file they stand side by side.
import { every, one } from "./page.js";

const WIDE = 400; // pixels from which a thumbnail would look blurred

/** @param {HTMLElement} pair `[data-compare]`: two pictures and a range, hidden until it does something */
function over(pair) {
  const range = one("input", HTMLInputElement, pair);
  const pictures = every("img", HTMLImageElement, pair);

  function sharp() {
    for (const picture of pictures) if (picture.dataset.large) picture.src = picture.dataset.large;
    for (const picture of pictures) delete picture.dataset.large;
  }
  const cut = () => pair.style.setProperty("--cut", `${range.value}%`);

  /** A finger anywhere on the picture moves the line there: not every browser lets it do so on a range. */
  range.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" || !event.isPrimary) return;
    const box = pair.getBoundingClientRect();
    range.value = String(Math.round((100 * (event.clientX - box.left)) / box.width));
    cut();
  });
  range.addEventListener("input", cut);
  for (const name of ["pointerdown", "focus"]) range.addEventListener(name, sharp, { once: true });
  range.hidden = false;
  pair.classList.add("over");
  cut(); // a browser that comes back to the page keeps where the range stood
  if (pair.offsetWidth > WIDE) sharp();
}

for (const pair of every("[data-compare]", HTMLElement)) over(pair);
