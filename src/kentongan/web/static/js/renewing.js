// Parts of a page that are kept as they are on the server: hearing that they changed, and putting what is new in place.
import { every, maybe } from "./page.js";

/** What a part shows, without the keys of its forms, which are new each time. @param {Element} part */
const shown = (part) => part.innerHTML.replaceAll(/ value="\w{64}"/g, "");

/**
 * Gives each part that is marked data-live what it has in `fresh`, but for the one that has the focus.
 * @param {Document} fresh
 */
export function replaceParts(fresh) {
  for (const here of every("[data-live]", HTMLElement)) {
    const there = fresh.querySelector(`[data-live="${here.dataset.live}"]`);
    const changed = there && shown(there) !== shown(here);
    if (changed && !here.contains(document.activeElement)) here.replaceChildren(...there.childNodes);
  }
}

/** The element that names what this page shows (data-topics); null where it shows nothing that changes. */
export const subject = () => maybe("[data-topics]", HTMLElement);

/**
 * Listens to the topics of the page. `look` is called when one of them changed, and once the stream is open: what
 * changed between the making of the page and that moment is told by nobody.
 * @param {() => void} look
 * @returns {EventSource | null}
 */
export function listen(look) {
  const topics = subject()?.dataset.topics?.trim().split(/\s+/) ?? [];
  if (!topics[0]) return null;
  const stream = new EventSource(`/live?${new URLSearchParams(topics.map((one) => ["topic", one]))}`);
  for (const kind of ["open", "change"]) stream.addEventListener(kind, look);
  return stream;
}
