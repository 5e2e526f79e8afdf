// Buttons that copy the text of an element: shown only where the browser can.
// <button data-copy="ID" data-copied="said afterwards" hidden>

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!(button instanceof HTMLButtonElement) || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy ?? "")?.textContent?.trim();
    const label = button.querySelector("span");
    if (!text || !label) return;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // The browser forbids it: what was to be copied is marked, so that a hand can copy it.
      const from = document.getElementById(button.dataset.copy ?? "");
      if (from) getSelection()?.selectAllChildren(from);
      return;
    }
    label.textContent = button.dataset.copied ?? label.textContent;
  });
}
