// A passage of an answer: its best sentence, its marks, its place.

import { el } from "./dom.js";
import { cellsOf, laidOut, separatorOf } from "./layout.js";
import { length, marked, slice, visible } from "./text.js";
import { placeName, position, trail } from "./words.js";

const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

/**
 * The sentence to show if there is room for one, as a span of the source: the one with the words
 * that answer, otherwise the one with most words of the question.
 */
export function bestSentence(citation, question) {
  const asked = new Set(words(question));
  const answer = citation.answer_span;
  const worth = (span) => {
    const holds = answer && span.start <= answer.start && answer.start < span.end;
    const shared = new Set(words(quoted(citation, span)).filter((word) => asked.has(word))).size;
    return (holds ? 1e6 : 0) + shared;
  };
  const sentences = citation.evidence.length ? citation.evidence : [citation.span];
  return sentences.reduce((best, span) => (worth(span) > worth(best) ? span : best));
}

/** The words of a span of the source that lies in the quote. */
export function quoted(citation, span) {
  const { start } = citation.span;
  return slice(citation.quote, span.start - start, span.end - start);
}

/** The marks of a citation in its source. */
export function marksOf(citation) {
  const marks = [{ ...citation.span, kind: "passage" }];
  for (const span of citation.evidence) marks.push({ ...span, kind: "evidence" });
  if (citation.answer_span) marks.push({ ...citation.answer_span, kind: "answer" });
  return marks;
}

/** Nodes for one sentence, with the words that answer marked. The cells of a row stand apart. */
export function sentence(citation, span) {
  const marks = citation.answer_span ? [{ ...citation.answer_span, kind: "answer" }] : [];
  const text = quoted(citation, span);
  if (!text.includes("\t")) return marked(text, span.start, marks);
  return cellsOf(text, "\t").map((cell) =>
    el("span", { class: "cell" }, marked(cell.text, span.start + cell.before, marks)),
  );
}

/** Where a citation, or a sentence of it, stands, as a line: path, position, headings. */
export function place(citation, span = citation.span) {
  const at = position(placeOf(citation, span));
  return el(
    "span",
    { class: "place" },
    el("span", { class: "path" }, el("bdi", {}, visible(citation.source.path)), at ? ", " : null),
    at ? el("span", { class: "at" }, visible(at)) : null,
    steps(trail(citation)),
  );
}

/** Headings after a place, as nodes. */
export function steps(headings) {
  return headings.map((step, index) => [
    el("span", { class: "between" }, index ? " › " : " · "),
    el("bdi", {}, visible(step)),
  ]);
}

/** `lines` and `unit` of a span of the quote; the citation's own where its are not known. */
export function placeOf(citation, span) {
  const { lines, unit } = citation;
  if (!lines) return { lines, unit: pageOf(citation, span) ?? unit };
  const before = slice(citation.quote, 0, span.start - citation.span.start);
  const start = lines.start + lineEnds(before);
  return { lines: { start, end: start + lineEnds(quoted(citation, span)) }, unit };
}

/** The page or pages of one of the sentences, as the rectangles on them tell; null if they do not. */
function pageOf(citation, span) {
  const { unit } = citation;
  const number = citation.evidence.findIndex((each) => each.start === span.start);
  const pages = (citation.evidence_places?.[number] ?? []).map((place) => place.page);
  if (unit?.kind !== "page" || !pages.every(Number.isInteger) || !pages.length) return null;
  const named = (page) =>
    [unit.first, unit.last].find((each) => each.number === page) ?? { number: page, label: null };
  const [first, last] = [named(Math.min(...pages)), named(Math.max(...pages))];
  return { ...unit, first, last };
}

/** How many lines end in a text, by LF, CRLF or CR. */
export const lineEnds = (text) => (text.match(/\r\n|\r|\n/gu) ?? []).length;

const MOST_PLACES = 3;

/** What a person should know before relying on a quote. */
export function cautions(citation) {
  const told = [];
  if (citation.source.stale)
    told.push("The file changed or is gone since it was indexed. This is the text of then.");
  if (citation.unit?.recognised)
    told.push("Recognised on a picture by a program, which can misread.");
  return told.map((text) => el("p", { class: "caution" }, text));
}

const RELATIONS = { negated: "Introduced by:", footnote: "Footnote:" };

/** What limits the marked sentences in the sentences beside them. */
export function limits(citation) {
  return citation.continues.map(({ kind, quote }) =>
    el(
      "p",
      { class: "limit" },
      el("span", { class: "relation" }, RELATIONS[kind] ?? "It goes on:"),
      " ",
      el("q", {}, visible(quote.trim())),
    ),
  );
}

/** Other places of the same text. */
export function copies(citation) {
  const places = [...new Set(citation.also_in.map((each) => placeName(each.path, each)))];
  if (!places.length) return null;
  const more = places.length - MOST_PLACES;
  const named = places.slice(0, MOST_PLACES).join("; ");
  return el(
    "p",
    { class: "also" },
    "The same text is in ",
    visible(named),
    more > 0 ? ` and ${more} more` : null,
    ".",
  );
}

/** The whole passage, with the sentences that answer marked. */
export function whole(citation) {
  const marks = marksOf(citation).filter((mark) => mark.kind !== "passage");
  marks.push(...headingsIn(citation));
  const separator = separatorOf(citation.source, citation.quote);
  const shown = laidOut(citation.quote, citation.span.start, { marks, separator });
  return el("blockquote", { class: "whole", dir: "auto" }, shown);
}

/** The headings that the quote begins with. */
function headingsIn(citation) {
  const found = [];
  let at = citation.span.start;
  for (const line of citation.quote.split("\n")) {
    const end = at + length(line);
    if (citation.heading_path.includes(line.trim())) found.push({ start: at, end, kind: "heading" });
    else if (line.trim()) break;
    at = end + 1;
  }
  return found;
}
