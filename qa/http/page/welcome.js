// What is there to be asked, before anything is.

import { byId, el, fill } from "./dom.js";
import { get } from "./service.js";
import { visible } from "./text.js";
import { counted } from "./words.js";

let told = null;

/** Shows what the index holds; gives it to `offer` as well. */
export async function showWelcome(offer) {
  const place = el("div", { class: "welcome" });
  fill(byId("answer"), place);
  try {
    told ??= await get("status");
  } catch (error) {
    fill(place, el("p", { class: "refused" }, visible(error.message)));
    return;
  }
  offer(Object.keys(told.languages));
  fill(
    place,
    el("h2", {}, "Ask your documents"),
    el(
      "p",
      {},
      "The answer is a passage from them, word for word, with its place. If they do not say, that is said.",
    ),
    el("p", { class: "held" }, held(told)),
    el("p", { class: "keys-hint" }, el("kbd", {}, "/"), " asks, ", el("kbd", {}, "?"), " shows the keys."),
  );
}

function held(status) {
  const documents = counted(status.documents, "document");
  return `${documents} in ${counted(status.passages, "passage")}.`;
}
