// The filters and options below the question.

import { SEVERAL, SINGLE, nothing } from "./address.js";
import { byId, el, fill } from "./dom.js";

const NAMES = {
  paths: "path",
  types: "type",
  languages: "language",
  tags: "tag",
  headings: "heading",
  since: "since",
  until: "until",
  min: "at least",
  k: "passages",
  mode: "search by",
};

const field = (name) => byId("filters").elements[name];

/** Several values in a field: between commas; one that holds a comma stands in quotes. */
export function several(text) {
  const found = text.matchAll(/"([^"]*)"|[^,"]+/gu);
  return [...found].map((match) => (match[1] ?? match[0]).trim()).filter(Boolean);
}

const together = (values) =>
  values.map((value) => (value.includes(",") ? `"${value}"` : value)).join(", ");

/** What the fields say, as part of a state. */
export function filtersTold() {
  const told = {};
  for (const name of Object.keys(SEVERAL)) told[name] = several(field(name).value);
  for (const name of Object.keys(SINGLE)) told[name] = field(name).value;
  return told;
}

/** Sets the fields to a state, and names what is set. `remove(state)` is asked to drop one. */
export function showFilters(state, remove) {
  for (const name of Object.keys(SEVERAL)) field(name).value = together(state[name]);
  for (const name of Object.keys(SINGLE)) field(name).value = state[name];
  const chips = [];
  for (const name of [...Object.keys(SEVERAL), ...Object.keys(SINGLE)]) {
    if (!state[name].length) continue;
    const value = Array.isArray(state[name]) ? together(state[name]) : state[name];
    const less = { ...state, [name]: nothing()[name] };
    chips.push(chip(NAMES[name], value, () => remove(less)));
  }
  fill(byId("set"), chips);
  byId("set").hidden = !chips.length;
}

function chip(name, value, onclick) {
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", onclick, title: "Remove" },
      el("span", { class: "name" }, name),
      " ",
      el("bdi", {}, value),
      el("span", { class: "cross", "aria-hidden": "true" }, "×"),
      el("span", { class: "hidden" }, ", remove"),
    ),
  );
}

/** Opens or closes the fields. */
export function toggleFilters(open = byId("filters").hidden) {
  byId("filters").hidden = !open;
  byId("filters-button").setAttribute("aria-expanded", String(open));
  if (open) field("paths").focus();
}

/** Offers the languages that the index holds. */
export function offer(languages) {
  fill(byId("known-languages"), languages.map((value) => el("option", { value })));
}
