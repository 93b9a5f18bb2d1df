// Checks a quote against its file as it is now.

import { announce, el, fill } from "./dom.js";
import { post } from "./service.js";
import { visible } from "./text.js";
import { placeName } from "./words.js";

const VERDICTS = {
  verified: "It stands in the file, word for word, at this place.",
  moved: "It stands in the file, word for word, but at another place.",
  changed: "The file no longer holds it: the text was changed.",
  missing: "The file no longer holds it, or is gone.",
  not_checked: "It could not be checked.",
};

/** Reads the file again and tells in `where` whether the quote of a citation is there. */
export async function check(answer, citation, where) {
  const told = (text, kind) => {
    fill(where, el("span", { class: kind }, visible(text)));
    announce(text);
  };
  told("Reading the file …", "");
  try {
    const { citations } = await post("verify", { ...answer, citations: [citation] });
    const [{ verdict, found_path: path, lines, unit, detail }] = citations;
    const now = verdict === "moved" ? ` Now ${placeName(path ?? citation.source.path, { lines, unit })}.` : "";
    const more = verdict === "not_checked" && detail ? ` ${detail}` : "";
    const stands = verdict === "verified" || verdict === "moved";
    told((VERDICTS[verdict] ?? verdict) + now + more, stands ? "stands" : "fallen");
  } catch (error) {
    told(error.message, "fallen");
  }
}
