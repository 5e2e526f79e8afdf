// The report's page: what a link points to opens, results are compared, and photos leave the phone small.
import "./compare.js";
import { every } from "./page.js";
import { shrinkIn } from "./photos.js";

/** Opens the part that the address names, and begins there. */
function open() {
  const part = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
  const folded = part?.closest("details");
  if (!folded) return;
  folded.open = true;
  const field = folded.querySelector("textarea");
  field?.focus();
}

addEventListener("hashchange", open);
for (const link of every('a[href*="#contest"]', HTMLAnchorElement))
  link.addEventListener("click", (event) => {
    event.preventDefault(); // without this file the page comes anew with the part open
    location.hash = link.hash;
    open();
  });
open();
for (const input of every('input[type=file][accept^="image/"]', HTMLInputElement)) shrinkIn(input);
