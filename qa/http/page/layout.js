// A text as a person reads it: rows of cells as a table, lines numbered, pages named, marks kept.

import { el } from "./dom.js";
import { length, marked, visible } from "./text.js";

const LINE = /(?<=\r\n|\n|\r(?!\n))/u;
const LINE_END = /(?:\r\n|\n|\r)$/u;

/**
 * Nodes for `text`, which begins at offset `base` of its document.
 *
 * @param {object} how
 *   `marks`: see `marked`; `breaks`: `{at, name}` of pages or similar units that begin here;
 *   `blocks`: of the window, for the names of columns and for code; `firstLine`: number of the
 *   first line, null if the text has none; `separator`: what stands between cells.
 */
export function laidOut(text, base, how) {
  const nodes = [];
  for (const part of runs(text, base, how)) {
    if (part.name) nodes.push(el("p", { class: "break" }, visible(part.name)));
    const lines = part.lines;
    if (part.rows) nodes.push(table(lines, how));
    else if (lines.some((line) => line.text.trim())) {
      const kind = part.code ? "prose code" : "prose";
      if (lines[0].number) nodes.push(el("div", { class: `${kind} numbered` }, numbered(lines, how)));
      else nodes.push(el("div", { class: kind }, flowing(lines, how)));
    }
  }
  return nodes;
}

/** Runs of rows, of code and of other lines, in order; a page begins another run. */
function runs(text, base, { breaks = [], blocks = [], firstLine = null, separator = "\t" }) {
  const found = [];
  const open = [...breaks].sort((one, other) => one.at - other.at);
  let at = base;
  let run = null;
  let number = firstLine;
  for (const line of text.split(LINE)) {
    let name = null;
    while (open.length && open[0].at <= at) name = open.shift().name;
    const rows = separator !== null && line.includes(separator);
    const code = blockAt(blocks, at)?.kind === "code";
    if (!run || name || rows !== run.rows || code !== run.code) {
      run = { name, rows, code, lines: [] };
      found.push(run);
    }
    run.lines.push({ at, number, text: line.replace(LINE_END, "") });
    at += length(line);
    if (number !== null) number += 1;
  }
  return found;
}

const blockAt = (blocks, at) => blocks.find((block) => block.start <= at && at < block.end);

/** Lines of extracted text, without the empty ones at either end. */
function flowing(lines, { marks }) {
  const first = lines.findIndex((line) => line.text.trim());
  const last = lines.findLastIndex((line) => line.text.trim());
  const kept = lines.slice(first, last + 1);
  return kept.flatMap((line, index) => [...(index ? ["\n"] : []), ...marked(line.text, line.at, marks)]);
}

function numbered(lines, { marks }) {
  return lines.map((line) =>
    el(
      "div",
      { class: "numbered-line" },
      el("span", { class: "number", "aria-hidden": "true" }, String(line.number)),
      el("span", { class: "words", dir: "auto" }, marked(line.text, line.at, marks)),
    ),
  );
}

function table(lines, how) {
  const { blocks = [], separator = "\t" } = how;
  const header = ({ header }) => header.replace(LINE_END, "");
  const block = blockAt(blocks, lines[0].at);
  const names = block ? header(block) : "";
  // A window may begin with the names themselves, which stand above its later rows alone.
  const isFirst = blocks.some((each) => header(each) === lines[0].text);
  const repeated = { at: -1, text: names.split(/\r\n|\n|\r/u).pop() };
  const head = isFirst ? lines[0] : names ? repeated : null;
  const rows = isFirst ? lines.slice(1) : lines;
  return el(
    "div",
    { class: "table", tabindex: "0", role: "group", "aria-label": "Table" },
    el(
      "table",
      {},
      head && el("thead", {}, row("th", head, isFirst ? how.marks : [], separator)),
      el("tbody", {}, rows.map((line) => row("td", line, how.marks, separator))),
    ),
  );
}

function row(kind, line, marks, separator) {
  const end = line.at + length(line.text);
  const cited = marks.some((mark) => mark.kind === "passage" && mark.start < end && line.at < mark.end);
  const scope = kind === "th" ? "col" : null;
  const cells = cellsOf(line.text, separator).map(({ text, before }) =>
    el(kind, { scope, dir: "auto" }, marked(text, line.at + before, marks)),
  );
  return el("tr", { class: cited ? "cited" : null }, cells);
}

/** The cells of a row, each with the code points before it. Quotes around a cell are left out. */
export function cellsOf(text, separator) {
  const cells = [];
  let at = 0;
  while (at <= text.length) {
    const quoted = separator !== "\t" && text[at] === '"' ? closing(text, at) : -1;
    const from = quoted < 0 ? at : at + 1;
    const stop = quoted < 0 ? at : quoted;
    const next = text.indexOf(separator, stop);
    const end = next < 0 ? text.length : next;
    const to = quoted < 0 ? end : quoted;
    cells.push({ text: text.slice(from, to), before: length(text.slice(0, from)) });
    at = end + separator.length;
  }
  return cells;
}

/** Where the quote that opens at `at` closes; -1 if it does not. Two quotes are one of the text. */
function closing(text, at) {
  for (let place = at + 1; place < text.length; place++) {
    if (text[place] !== '"') continue;
    if (text[place + 1] !== '"') return place;
    place += 1;
  }
  return -1;
}

/** What stands between the cells of a document's rows; null if its text holds none. */
export function separatorOf(source, text) {
  if (source.encoding === null) return "\t";
  if (!/csv|tab-separated/u.test(source.media_type)) return null;
  const first = text.split(/\r|\n/u, 1)[0];
  const times = (mark) => first.split(mark).length;
  return [",", ";", "\t", "|"].reduce((best, mark) => (times(mark) > times(best) ? mark : best));
}
