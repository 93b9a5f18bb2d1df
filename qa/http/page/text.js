// Text by code points, as the service counts it, and text with marks.

import { el } from "./dom.js";

const ASTRAL = /[\ud800-\udfff]/;

/** `text` between two offsets in code points. JavaScript's own offsets are UTF-16 units. */
export function slice(text, start, end) {
  if (!ASTRAL.test(text)) return text.slice(start, end);
  return Array.from(text).slice(start, end).join("");
}

/** Length in code points. */
export function length(text) {
  return ASTRAL.test(text) ? Array.from(text).length : text.length;
}

// Controls and embeddings reorder or hide what is read; tags are invisible.
const HIDDEN =
  /([\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}])/u;

/** Nodes for a text, in which characters that nobody would see are named instead. */
export function visible(text) {
  if (!HIDDEN.test(text)) return [text];
  return text
    .split(new RegExp(HIDDEN, "u"))
    .filter(Boolean)
    .map((part) => (HIDDEN.test(part) ? named(part) : part));
}

function named(character) {
  const code = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
  return el("span", { class: "control", title: "a character that is not shown" }, `U+${code}`);
}

/**
 * Nodes for `text`, which begins at offset `base`, with spans of it marked.
 *
 * `marks` are `{start, end, kind}` in code points of the whole document; `kind` is a class:
 * `passage`, `evidence` or `answer`, or `heading`, which is set apart but not marked. They may
 * overlap.
 */
export function marked(text, base, marks) {
  const points = ASTRAL.test(text) ? Array.from(text) : text;
  const end = base + points.length;
  const inside = marks
    .map((mark) => ({ ...mark, start: Math.max(base, mark.start), end: Math.min(end, mark.end) }))
    .filter((mark) => mark.start < mark.end);
  const cuts = new Set([base, end, ...inside.flatMap((mark) => [mark.start, mark.end])]);
  const places = [...cuts].sort((one, other) => one - other);
  const nodes = [];
  for (let at = 0; at + 1 < places.length; at++) {
    const from = places[at];
    const to = places[at + 1];
    const part = points.slice(from - base, to - base);
    const shown = visible(typeof part === "string" ? part : part.join(""));
    const kinds = inside.filter((mark) => mark.start <= from && to <= mark.end);
    const names = new Set(kinds.map((mark) => mark.kind));
    // A heading is no mark: it stands in the text as it is.
    const tag = names.size > Number(names.has("heading")) ? "mark" : "span";
    nodes.push(...(names.size ? [el(tag, { class: [...names].join(" ") }, shown)] : shown));
  }
  return nodes;
}
