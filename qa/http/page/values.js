// The values that several passages give, in groups, without saying which is right.

import { el } from "./dom.js";
import { length, marked, visible } from "./text.js";
import { counted, placeName } from "./words.js";

const DATED = {
  front_matter: "front matter",
  properties: "properties",
  file_name: "file name",
  mtime: "file changed",
};
const VERSIONED = { file_name: "file name", title: "title" };

/** The groups of an answer; null if it has none. `open` opens the source of a citation. */
export function values({ agreement, citations }, open) {
  if (!agreement) return null;
  const groups = agreement.groups.map((group) =>
    el(
      "li",
      {},
      el("p", { class: "value" }, `${held(group)}: `, el("strong", { dir: "auto" }, visible(oneLine(group.value)))),
      el("ul", {}, group.members.map((member) => el("li", {}, said(member, citations, open)))),
    ),
  );
  return el(
    "section",
    { class: "values", "aria-labelledby": "values" },
    el("h3", { id: "values" }, "Values in these passages"),
    el("ul", { class: "groups" }, groups),
  );
}

/** A sentence with its value marked, as the button that opens it in its source. */
function said(member, citations, open) {
  const citation = citations.find((each) => each.id === member.citation);
  const { start } = member.span;
  const value = { start, end: start + length(member.text), kind: "answer" };
  const sentence = marked(member.quote, member.sentence.start, [value]);
  const told = dated(member);
  return el(
    "button",
    { type: "button", class: "said", onclick: () => open(citation) },
    el("span", { class: "rank" }, String(member.rank)),
    el("span", { class: "sentence-of", dir: "auto" }, sentence),
    el("span", { class: "place" }, el("bdi", {}, visible(placeName(citation.source.path, citation))), told ? ` · ${told}` : null),
  );
}

/** By how many passages a value is held. The terminal uses the same words. */
function held({ passages, wordings, copies }) {
  let told = counted(passages, "passage");
  if (passages > 1 && wordings === 1) told += " in the same words";
  else if (wordings < passages) told += ` in ${wordings} wordings`;
  if (copies) told += ` and ${copies.toLocaleString("en")} ${copies === 1 ? "copy" : "copies"} of the same text`;
  return told;
}

function dated({ date, date_from: from, version, version_from: where }) {
  const told = [];
  if (date) told.push(`${date} (${DATED[from]})`);
  if (version) told.push(`version ${version} (${VERSIONED[where]})`);
  return told.join(", ");
}

const oneLine = (text) => text.trim().replace(/\s+/gu, " ");
