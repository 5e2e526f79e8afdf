// A template's words go into the answer that is being written: where the cursor is, beside what was typed.
import { every, maybe } from "../js/page.js";

/** @type {HTMLTextAreaElement | null} */
let last = null;
document.addEventListener("focusin", (event) => {
  if (event.target instanceof HTMLTextAreaElement && event.target.name === "text") last = event.target;
});

/**
 * The words with what stands in the template's own boxes by now; a field that nobody has filled stays to be seen.
 * @param {HTMLButtonElement} button
 */
function words(button) {
  let text = document.getElementById(button.dataset.insert ?? "")?.textContent ?? "";
  const boxes = button.form ? every("input[data-field]", HTMLInputElement, button.form) : [];
  for (const box of boxes) {
    const value = box.value.trim();
    if (value) text = text.replaceAll(`{${box.dataset.field}}`, () => value); // a $ in it is a $
  }
  return text;
}

/** @param {HTMLButtonElement} button */
function insert(button) {
  const box = last?.isConnected ? last : maybe("#note-text", HTMLTextAreaElement);
  if (!box?.form) return;
  const folded = box.closest("details");
  if (folded) folded.open = true;
  const before = box.value.slice(0, box.selectionStart);
  const gap = before && !/\s$/.test(before) ? "\n" : "";
  box.setRangeText(gap + words(button), box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  const used = document.createElement("input");
  Object.assign(used, { type: "hidden", name: "template", value: button.dataset.template ?? "" });
  box.form.append(used);
  box.focus();
}

for (const button of every("button[data-insert]", HTMLButtonElement)) {
  button.hidden = false;
  button.addEventListener("click", () => insert(button));
}
