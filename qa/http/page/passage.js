// A passage of an answer: its best sentence, its marks, its place.

import { el } from "./dom.js";
import { laidOut, separatorOf } from "./layout.js";
import { marked, slice, visible } from "./text.js";
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

/** Nodes for one sentence, with the words that answer marked. */
export function sentence(citation, span) {
  const answer = citation.answer_span ? [{ ...citation.answer_span, kind: "answer" }] : [];
  return marked(quoted(citation, span), span.start, answer);
}

/** Where a citation stands, as a line: path, position, headings. */
export function place(citation, span = null) {
  const at = position(span ? { ...citation, ...linesAt(citation, span) } : citation);
  return el(
    "p",
    { class: "place" },
    el("span", { class: "path" }, el("bdi", {}, visible(citation.source.path))),
    at ? el("span", { class: "at" }, visible(at)) : null,
    trail(citation).map((step) => el("span", { class: "step" }, el("bdi", {}, visible(step)))),
  );
}

/** The lines of a span of the quote; the citation's own where it has none. */
function linesAt(citation, span) {
  if (!citation.lines) return {};
  const before = slice(citation.quote, 0, span.start - citation.span.start);
  const start = citation.lines.start + lineEnds(before);
  return { lines: { start, end: start + lineEnds(quoted(citation, span)) } };
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
  const separator = separatorOf(citation.source, citation.quote);
  const shown = laidOut(citation.quote, citation.span.start, { marks, separator });
  return el("blockquote", { class: "whole", dir: "auto" }, shown);
}
