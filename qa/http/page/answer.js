// The answer: how sure, the sentence that answers, its passage, and the others in a line each.

import { check } from "./checking.js";
import { byId, el, fill } from "./dom.js";
import { bestSentence, cautions, copies, limits, place, quoted, sentence, whole } from "./passage.js";
import { visible } from "./text.js";
import { values } from "./values.js";
import { counted, likelihood, percent, placeName, position, reasons, remedy } from "./words.js";

/**
 * Shows an answer in `#answer`.
 *
 * `actions` are `open(citation)`, `toggle(citation, isOpen)`, `copy(citation)` and `unfilter()`, the
 * last one null if no filter is set.
 */
export function showAnswer(answer, actions) {
  const [first, ...others] = answer.citations;
  const answered = answer.status === "answered";
  fill(
    byId("answer"),
    answered ? verdict(answer) : noAnswer(answer, actions),
    notes(answer),
    answered ? lead(first, answer, actions) : null,
    values(answer, actions.open),
    list(answered ? others : answer.citations, answered, answer, actions),
    used(answer),
  );
}

/** What a screen reader is told of an answer. */
export function summary(answer) {
  const found = counted(answer.citations.length, "passage");
  if (answer.status !== "answered")
    return `The sources do not answer this. ${found} come nearest; they are no answer.`;
  const [first] = answer.citations;
  const best = bestSentence(first, answer.question);
  const sure = `${likelihood(answer.probability)}, ${percent(answer.probability)}`;
  return `${sure}: ${quoted(first, best)} ${placeName(first.source.path, first)}. ${found}.`;
}

function verdict(answer) {
  return el(
    "header",
    { class: "verdict" },
    el("h2", { id: "verdict", tabindex: "-1" }, likelihood(answer.probability)),
    meter(answer),
    el("span", { class: "percent" }, percent(answer.probability)),
    why(answer),
  );
}

/** The probability as a length, with the threshold. */
function meter(answer) {
  const { probability, explanation } = answer;
  const bar = el("span", { class: "bar" });
  bar.style.width = `${100 * probability}%`;
  const needed = el("span", { class: "needed" });
  needed.style.left = `${100 * explanation.threshold}%`;
  return el("span", { class: "meter", "aria-hidden": "true" }, bar, needed);
}

function why(answer) {
  const lines = reasons(answer).map((line) => el("li", {}, line));
  return el("details", { class: "why" }, el("summary", {}, "Why"), el("ul", {}, lines));
}

function noAnswer(answer, actions) {
  const again = el("button", { type: "button", onclick: actions.unfilter }, "Ask all documents");
  return el(
    "header",
    { class: "verdict none" },
    el("h2", { id: "verdict", tabindex: "-1" }, "The sources do not answer this"),
    meter(answer),
    el("span", { class: "percent" }, `${likelihood(answer.probability)} to be answered, ${percent(answer.probability)}`),
    why(answer),
    el("p", { class: "remedy" }, remedy(answer, actions.unfilter !== null)),
    actions.unfilter ? again : null,
  );
}

function notes(answer) {
  const read = answer.corrections.map(({ written, read: as }) =>
    el("p", { class: "note" }, "No document holds “", visible(written), "”; read as “", visible(as), "”."),
  );
  const warned = answer.warnings.map((text) => el("p", { class: "note" }, visible(text)));
  return [...read, ...warned];
}

function lead(citation, answer, actions) {
  const best = bestSentence(citation, answer.question);
  const alone = quoted(citation, best).trim() === citation.quote.trim();
  return el(
    "article",
    { class: "lead passage", id: `c-${citation.id}`, "data-id": citation.id, "aria-labelledby": "lead" },
    el("h3", { class: "hidden", id: "lead" }, "The sentence that answers"),
    el("blockquote", { class: "sentence", dir: "auto" }, sentence(citation, best)),
    opener(citation, best, actions),
    limits(citation),
    cautions(citation),
    alone ? null : whole(citation),
    copies(citation),
    tools(citation, answer, actions),
  );
}

/** The place, as the button that opens the source there. */
function opener(citation, span, actions) {
  return el(
    "button",
    { type: "button", class: "opener", "data-open": citation.id, onclick: () => actions.open(citation) },
    place(citation, span),
  );
}

function tools(citation, answer, actions) {
  const result = el("p", { class: "checked" });
  const button = (text, onclick) => el("button", { type: "button", onclick }, text);
  return [
    el(
      "p",
      { class: "tools" },
      button("Open the source", () => actions.open(citation)),
      button("Copy a citation", () => actions.copy(citation)),
      button("Check it now", () => check(answer, citation, result)),
    ),
    result,
  ];
}

function list(citations, answered, answer, actions) {
  if (!citations.length) return null;
  const items = citations.map((citation) => row(citation, answer, actions));
  const title = answered ? "Other passages" : "Nearest passages";
  return el(
    "section",
    { class: answered ? "others" : "others nearest", "aria-labelledby": "others" },
    el("h3", { id: "others" }, title, answered ? null : el("small", {}, " They do not answer the question.")),
    el("ol", { start: citations[0].rank }, items),
  );
}

/** A passage in a line; opened, it is whole. */
function row(citation, answer, actions) {
  const best = bestSentence(citation, answer.question);
  const body = el("div", { class: "body", id: `b-${citation.id}`, hidden: true });
  const button = el(
    "button",
    {
      type: "button",
      class: "line",
      "data-open": citation.id,
      "aria-expanded": "false",
      "aria-controls": body.id,
      onclick: () => actions.toggle(citation, expand(button, body)),
    },
    el("span", { class: "rank", "aria-hidden": "true" }, String(citation.rank)),
    el("span", { class: "said", dir: "auto" }, sentence(citation, best)),
    where(citation),
  );
  body.append(place(citation), ...limits(citation), ...cautions(citation), whole(citation));
  const also = copies(citation);
  if (also) body.append(also);
  body.append(...tools(citation, answer, actions));
  return el("li", { class: "passage", id: `c-${citation.id}`, "data-id": citation.id }, button, body);
}

/** The file's name and the place in it, for a line; the whole path where it is opened. */
function where(citation) {
  const at = position(citation);
  const name = citation.source.path.split("/").pop();
  return el(
    "span",
    { class: "where" },
    el("bdi", { class: "file" }, visible(name)),
    at ? el("span", { class: "at" }, ", ", visible(at)) : null,
  );
}

function used(answer) {
  const { generation, model } = answer.index;
  const took = Math.max(1, Math.round(answer.timing_ms.total ?? 0));
  return el(
    "p",
    { class: "used" },
    `${counted(answer.explanation.passages, "passage")} searched in ${took.toLocaleString("en")} ms, index ${generation}, ${model}. Every quote is word for word; nothing is generated.`,
  );
}

/** Shows the body of a line, or hides it; gives whether it is shown. */
function expand(line, body, open = body.hidden) {
  line.setAttribute("aria-expanded", String(open));
  body.hidden = !open;
  return open;
}

/** Marks the passage whose source is open; an empty id marks none. */
export function showOpen(id) {
  for (const passage of document.querySelectorAll("#answer .passage")) {
    const isOpen = passage.dataset.id === id;
    passage.classList.toggle("open", isOpen);
    const line = passage.querySelector(".line");
    if (line && isOpen) expand(line, passage.querySelector(".body"), true);
  }
}
