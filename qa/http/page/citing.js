// A citation as text, in the forms that others read. Pure functions.

import { placeOf } from "./passage.js";
import { slice } from "./text.js";
import { placeName, position, trail } from "./words.js";

/** The forms, in the order that they are offered. */
export const FORMS = { plain, markdown, bibtex, json, annotation };

const oneLine = (text) => text.replace(/\s+/gu, " ").trim();

/** `Title. path, page 2. SHA-256 …`: the source, without the quote. */
function sourceLine(citation) {
  const { path, title } = citation.source;
  const named = trail(citation)[0] === title ? `${oneLine(title)}. ` : "";
  return `${named}${placeName(path, citation)}`;
}

/** The quote and where it stands, as a sentence of a letter. */
function plain({ citation, text }) {
  const sha = citation.source.sha256;
  return `“${oneLine(text)}” (${sourceLine(citation)}; SHA-256 of the file ${sha})`;
}

/** A block quote, its text protected from being read as Markdown. */
function markdown({ citation, text }) {
  const quote = text.trimEnd().split(/\r\n|\n|\r/u).map((line) => `> ${escaped(line)}`.trimEnd());
  const { path, sha256 } = citation.source;
  const page = pdfPage(citation);
  const target = addressOf(path) + (page ? `#page=${page}` : "");
  const link = `[${escaped(placeName(path, citation))}](<${target}>)`;
  return `${quote.join("\n")}\n>\n> — ${link}, SHA-256 \`${sha256}\``;
}

const percentOf = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Backslashes before what Markdown, or HTML in it, would take for a sign. */
function escaped(text) {
  return text
    .replace(/[\\`*_[\]<>&|~$]/gu, "\\$&")
    .replace(/^(\s*)([#+=-]|\d+(?=[.)]))/u, (_, space, sign) =>
      /\d/u.test(sign) ? `${space}${sign}\\` : `${space}\\${sign}`,
    );
}

const TEX = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

const tex = (text) =>
  oneLine(text).replace(/[\\~^]|[&%$#_{}]/gu, (sign) => TEX[sign] ?? `\\${sign}`);

/** An entry for BibTeX; what is quoted stands in `annote`, which styles leave out. */
function bibtex({ citation, text, document }) {
  const { source, unit } = citation;
  const fields = {
    title: `{${tex(source.title || source.path)}}`,
    howpublished: `\\texttt{${tex(source.path)}}`,
    pages: unit?.kind === "page" ? tex(unitPages(unit)) : null,
    note: tex(position(citation)),
    annote: `\`\`${tex(text)}''`,
    language: document?.language || null,
    sha256: source.sha256,
  };
  const told = Object.entries(fields)
    .filter(([, value]) => value)
    .map(([name, value]) => `  ${name} = {${value}},`);
  return `@misc{qa-${citation.id},\n${told.join("\n")}\n}`;
}

function unitPages({ first, last }) {
  const name = (page) => page.label ?? String(page.number);
  return first.number === last.number ? name(first) : `${name(first)}--${name(last)}`;
}

/** The answer with this citation alone: `qa verify` reads it. */
function json({ cited, answer }) {
  return JSON.stringify({ ...answer, citations: [cited] }, null, 2);
}

/** A W3C Web Annotation, as the service makes it. */
function annotation({ annotated }) {
  return JSON.stringify(annotated, null, 2);
}

/** The page on which it begins, for viewers of PDF; null for other files. */
const pdfPage = ({ source, unit }) =>
  source.media_type === "application/pdf" && unit?.kind === "page" ? unit.first.number : null;

/** The path as a relative address. */
const addressOf = (path) => encodeURI(path).replace(/[?#]/gu, percentOf);

/** What the forms need: the text of `span`, taken from a window of the source. */
export function material(answer, cited, span, window, document, annotated) {
  const { start } = window.span;
  // Of a sentence, the place is its own.
  const citation = { ...cited, ...placeOf(cited, span) };
  const text = slice(window.text, span.start - start, span.end - start);
  return { answer, cited, citation, document, annotated, text };
}
