// The text of a source around a passage, as it was indexed, with more of it on request.

import { byId, el, fill } from "./dom.js";
import { laidOut, separatorOf } from "./layout.js";
import { marksOf } from "./passage.js";
import { get } from "./service.js";
import { slice } from "./text.js";
import { unitName } from "./words.js";

const MORE = 6000;

/** Shows the text; gives notes for the person. Raises as the service refuses. */
export async function showText(one) {
  const { citation, signal } = one;
  const base = `documents/${citation.source.sha256}/text`;
  const first = await get(`${base}?citation=${citation.id}`, signal);
  const body = byId("source-body");
  const { marks, found } = marksIn(first, citation);
  const shown = el("div", { class: "text" });
  const windows = [first];

  const more = (before) => async (event) => {
    const button = event.currentTarget;
    const edge = before ? windows[0].span.start : windows.at(-1).span.end;
    const start = before ? Math.max(0, edge - MORE) : edge;
    const end = before ? edge : Math.min(first.characters, edge + MORE);
    button.disabled = true;
    let next;
    try {
      next = await get(`${base}?start=${start}&end=${end}`, signal);
    } catch (error) {
      if (error.name !== "AbortError") button.textContent = error.message;
      button.disabled = false;
      return;
    }
    if (before) windows.unshift(next);
    else windows.push(next);
    // Text that is put above must not move what is being read.
    const below = body.scrollHeight - body.scrollTop;
    draw();
    if (before) body.scrollTop = body.scrollHeight - below;
    body.focus({ preventScroll: true });
  };

  const draw = () => {
    const all = joined(windows);
    fill(
      shown,
      all.span.start > 0 ? button("Show more above", more(true)) : null,
      laidOut(all.text, all.span.start, {
        marks: [...marks, ...all.headings.map((each) => ({ ...each, kind: "heading" }))],
        breaks: breaksOf(all),
        blocks: all.blocks,
        firstLine: all.lines?.start ?? null,
        separator: separatorOf(first.source, all.text),
      }),
      all.span.end < first.characters ? button("Show more below", more(false)) : null,
    );
  };

  draw();
  if (signal.aborted || one.view !== "text") return [];
  fill(body, shown);
  toMark(body);
  return found ? [] : ["The passage could not be found in the text, so nothing is marked."];
}

const button = (text, onclick) => el("button", { type: "button", class: "more", onclick }, text);

/** The marks of a citation, none if its quote is not where it says. */
function marksIn(window, citation) {
  const { start, end } = citation.span;
  const there = slice(window.text, start - window.span.start, end - window.span.start);
  const found = there === citation.quote;
  return { found, marks: found ? marksOf(citation) : [] };
}

/** Neighbouring windows as one. */
function joined(windows) {
  const all = (name) => windows.flatMap((each) => each[name]);
  return {
    text: windows.map((each) => each.text).join(""),
    span: { start: windows[0].span.start, end: windows.at(-1).span.end },
    lines: windows[0].lines,
    headings: all("headings"),
    units: all("units"),
    blocks: all("blocks"),
  };
}

/** Where pages and the like begin, each once. */
function breaksOf({ units, span }) {
  const at = new Map();
  for (const unit of units) {
    const one = { number: unit.number, label: unit.label || null };
    const name = unitName({ kind: unit.kind, first: one, last: one });
    at.set(Math.max(unit.start, span.start), name);
  }
  return [...at].map(([start, name]) => ({ at: start, name }));
}

/** Brings the first sentence that answers, or the passage, into view. */
function toMark(body) {
  const mark = body.querySelector("mark.evidence") ?? body.querySelector("mark");
  if (!mark) return;
  const { top } = mark.getBoundingClientRect();
  body.scrollTop += top - body.getBoundingClientRect().top - body.clientHeight / 4;
}
