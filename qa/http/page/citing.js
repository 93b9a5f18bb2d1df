// A citation as text, in the forms that others read. Pure functions.

import { placeOf } from "./passage.js";
import { slice } from "./text.js";
import { placeName, position, trail } from "./words.js";

/** The forms, in the order that they are offered. */
export const FORMS = { plain, markdown, bibtex, json, annotation };

const CONTEXT = 32; // characters on either side, as other tools of the kind give

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

/**
 * A W3C Web Annotation. Positions count code points of the text that was indexed; where the file is
 * no text, as with a PDF, that is the extracted text, and a fragment names the page.
 */
function annotation({ citation, text, span, before, after }) {
  const { source } = citation;
  const selector = [
    { type: "TextQuoteSelector", exact: text, prefix: before, suffix: after },
    { type: "TextPositionSelector", start: span.start, end: span.end },
  ];
  const page = pdfPage(citation);
  if (page)
    selector.push({
      type: "FragmentSelector",
      conformsTo: "http://tools.ietf.org/rfc/rfc3778",
      value: `page=${page}`,
    });
  const told = {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    id: `urn:uuid:${uuid(citation.id, span)}`,
    type: "Annotation",
    motivation: "highlighting",
    target: {
      source: {
        id: addressOf(source.path),
        type: "Text",
        format: source.media_type,
        "dc:title": source.title,
        "dc:identifier": `ni:///sha-256;${base64url(source.sha256)}`,
      },
      selector,
    },
  };
  return JSON.stringify(told, null, 2);
}

/** The page on which it begins, for viewers of PDF; null for other files. */
const pdfPage = ({ source, unit }) =>
  source.media_type === "application/pdf" && unit?.kind === "page" ? unit.first.number : null;

/** The path as a relative address. */
const addressOf = (path) => encodeURI(path).replace(/[?#]/gu, percentOf);

/** The same name for the same part of the same citation: version 8 of RFC 9562. */
function uuid(id, { start, end }) {
  const place = [start, end].map((at) => at.toString(16).padStart(6, "0").slice(-6)).join("");
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-8${id.slice(13)}-8${id.slice(10, 13)}-${place}`;
}

/** A hash in hexadecimal as RFC 6920 writes it in a name. */
function base64url(hexadecimal) {
  const bytes = hexadecimal.match(/../gu).map((pair) => String.fromCharCode(parseInt(pair, 16)));
  return btoa(bytes.join("")).replace(/\+/gu, "-").replace(/\//gu, "_").replace(/=+$/u, "");
}

/**
 * What the forms need: the text of `span`, and up to 32 characters on either side of it, taken from
 * a window of the source.
 */
export function material(answer, cited, span, window, document) {
  const { start } = window.span;
  // Of a sentence, the place is its own.
  const citation = { ...cited, ...placeOf(cited, span) };
  const from = span.start - start;
  const to = span.end - start;
  return {
    answer,
    cited,
    citation,
    document,
    span: { start: span.start, end: span.end },
    text: slice(window.text, from, to),
    before: slice(window.text, Math.max(0, from - CONTEXT), from),
    after: slice(window.text, to, to + CONTEXT),
  };
}
