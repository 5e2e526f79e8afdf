// What can be taken back for a minute goes from the page with it.
import { every } from "../js/page.js";

for (const form of every("form[data-regret]", HTMLFormElement))
  setTimeout(() => form.remove(), Number(form.dataset.regret) * 1000);
