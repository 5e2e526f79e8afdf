// A <details data-menu> lies over the page like a menu: it goes as menus do, by Escape, by a touch beside it, and when
// the keyboard leaves it. Without this script it is closed by its own word.
import { every, maybe } from "./page.js";

for (const menu of every("details[data-menu]", HTMLDetailsElement)) {
  const word = maybe("summary", HTMLElement, menu);
  document.addEventListener("pointerdown", ({ target }) => {
    if (!(target instanceof Node && menu.contains(target))) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    const within = menu.contains(document.activeElement);
    menu.open = false;
    if (within) word?.focus();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) menu.open = false;
  });
}
