// Asks, and keeps the address, the answer and the source in step.

import { asked, filtered, nothing, read, request, write } from "./address.js";
import { showAnswer, showOpen, summary } from "./answer.js";
import { offerCopy, prepareCopying } from "./copying.js";
import { announce, byId, el, fill, focusOn } from "./dom.js";
import { filtersTold, offer, showFilters, toggleFilters } from "./filters.js";
import { listen, move } from "./keys.js";
import { bestSentence } from "./passage.js";
import { onUnauthorised, post } from "./service.js";
import { prepareTheme } from "./themes.js";
import { closeSource, openCitation, openSource, switchView, turn, zoom } from "./source.js";
import { showWelcome } from "./welcome.js";
import { visible } from "./text.js";

const REMEMBERED = 20;
const SLOW = 250; // milliseconds after which a wait is told

/** Answers by their question and filters, so that going back shows what was seen. */
const answers = new Map();
let state = nothing();
let answer = null;
let beside = true; // until the person closes a source
let abort = new AbortController();

const wide = () => window.matchMedia("(min-width: 64rem)").matches;

/** Shows what the address says. `moved`: whether the person just asked; `again`: ask anew. */
async function show({ moved = false, again = false } = {}) {
  abort.abort();
  document.body.classList.remove("asking");
  state = read(location.hash);
  document.title = state.q ? `${state.q} · grounded-qa` : "grounded-qa";
  byId("question").value = state.q;
  showFilters(state, (less) => go({ ...less, open: "" }));
  if (!state.q) return welcome();
  const key = asked(state);
  if (again) answers.delete(key);
  if (!answers.has(key) && !(await ask(key))) return;
  if (answer !== answers.get(key)) {
    answer = answers.get(key);
    showAnswer(answer, { open, toggle, copy, unfilter: filtered(state) ? unfilter : null });
    window.scrollTo(0, 0);
    announce(summary(answer));
    if (moved && isWaiting()) focusOn(byId("verdict"));
    if (!state.open) openFirst();
  }
  showSource();
}

/** Whether the person still is where the question was asked, and has not begun another. */
const isWaiting = () =>
  document.activeElement === byId("question") && byId("question").value.trim() === state.q;

/** Beside the answer there is room for its source; it is opened without a step in the history. */
function openFirst() {
  const [first] = answer.citations;
  if (answer.status !== "answered" || !beside || !wide()) return;
  state.open = first.id;
  history.replaceState(null, "", write(state));
}

/** Asks the service; gives whether there is an answer to show. */
async function ask(key) {
  abort = new AbortController();
  const { signal } = abort;
  const waiting = setTimeout(() => announce("Searching."), SLOW);
  document.body.classList.add("asking");
  try {
    const found = await post("ask", request(state), signal);
    if (signal.aborted) return false;
    answers.set(key, found);
    if (answers.size > REMEMBERED) answers.delete(answers.keys().next().value);
    return true;
  } catch (error) {
    if (error.name !== "AbortError") refused(error);
    return false;
  } finally {
    clearTimeout(waiting);
    if (!signal.aborted) document.body.classList.remove("asking");
  }
}

function refused(error) {
  answer = null;
  closeSource();
  const button = (text, onclick) => el("button", { type: "button", onclick }, text);
  fill(
    byId("answer"),
    el(
      "div",
      { class: "refused" },
      el("h2", { id: "verdict", tabindex: "-1" }, "No answer was made"),
      el("p", {}, visible(error.message)),
      el(
        "p",
        { class: "tools" },
        button("Ask again", () => show({ again: true })),
        filtered(state) ? button("Ask all documents", unfilter) : null,
      ),
    ),
  );
  announce(error.message);
}

function welcome() {
  answer = null;
  closeSource();
  covered();
  showWelcome(offer);
  byId("question").focus();
}

/** Another address, as a step in the history. The same one asks again. */
function go(next) {
  const fragment = write(next);
  if (fragment === write(read(location.hash))) return show({ moved: true, again: true });
  history.pushState(null, "", fragment || location.pathname);
  return show({ moved: true });
}

const unfilter = () => go({ ...nothing(), q: state.q, k: state.k, mode: state.mode, min: state.min });
const copy = (citation) => offerCopy(answer, citation);

/** Opens the source of a citation, as a step in the history. */
function open(citation) {
  beside = true;
  if (state.open !== citation.id) openAt(citation.id);
  // Where it lies beside the answer the focus stays there.
  if (!wide()) byId("source-title").focus();
}

function openAt(id) {
  history.pushState(null, "", write({ ...state, open: id }) || location.pathname);
  state = read(location.hash);
  showSource();
}

/** Shows the whole of a passage, or a line of it. Beside it there may be room for its source. */
function toggle(citation, isOpen) {
  if (isOpen && wide()) open(citation);
}

function showSource() {
  const citation = answer.citations.find((each) => each.id === state.open) ?? null;
  showOpen(citation?.id ?? "");
  if (!citation) closeSource();
  else if (openCitation() !== citation)
    openSource(citation, {
      answered: answer.status === "answered",
      best: bestSentence(citation, answer.question),
    });
  covered();
}

/** On a small screen the source covers the answer, which nobody can then reach. */
function covered() {
  const isCovered = Boolean(openCitation()) && !wide();
  for (const id of ["top", "answer"]) byId(id).inert = isCovered;
}

function close() {
  const { id } = openCitation();
  beside = false;
  openAt("");
  document.querySelector(`#answer [data-open="${id}"]`)?.focus();
}

/** Closes what is open, innermost first. */
function escape() {
  if (byId("filters").contains(document.activeElement)) {
    toggleFilters(false);
    byId("filters-button").focus();
  } else if (openCitation()) close();
  else document.activeElement.blur();
}

/** The citation that has the focus, else the one that is open, else the first. */
function current() {
  const focused = document.activeElement.closest(".passage")?.dataset.id;
  const find = (id) => answer?.citations.find((each) => each.id === id);
  return find(focused) ?? find(state.open) ?? answer?.citations[0];
}

function copyCurrent() {
  if (!current()) return false;
  copy(current());
  return true;
}

function toQuestion() {
  byId("question").focus();
  byId("question").select();
}

/** Asks the person for the token; null if there is none. */
function askForToken(again) {
  const dialog = byId("token");
  byId("token-refused").hidden = !again;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const told = () => {
      const given = byId("token-text").value.trim();
      byId("token-text").value = "";
      resolve(dialog.returnValue === "use" && given ? given : null);
    };
    dialog.addEventListener("close", told, { once: true });
  });
}

function prepare() {
  onUnauthorised(askForToken);
  prepareCopying();
  prepareTheme();
  const on = (id, action) => byId(id).addEventListener("click", action);
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const q = byId("question").value.trim();
    if (q) go({ ...filtersTold(), q, open: "" });
  });
  byId("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    toggleFilters(false);
    byId("ask").requestSubmit();
  });
  on("filters-button", () => toggleFilters());
  on("help-button", () => byId("help").showModal());
  on("source-close", close);
  on("as-page", () => switchView("page"));
  on("as-text", () => switchView("text"));
  on("page-before", () => turn(-1));
  on("page-after", () => turn(1));
  on("zoom", zoom);
  for (const button of document.querySelectorAll("dialog [data-close]"))
    button.addEventListener("click", () => button.closest("dialog").close());
  listen({
    "/": toQuestion,
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    c: copyCurrent,
    f: () => toggleFilters(),
    o: () => current() && open(current()),
    t: () => switchView(),
    z: zoom,
    "[": () => turn(-1),
    "]": () => turn(1),
    "?": () => byId("help").showModal(),
    Escape: escape,
  });
  window.addEventListener("popstate", () => show());
  window.matchMedia("(min-width: 64rem)").addEventListener("change", covered);
  // The source beside the answer begins where the head ends, which filters make higher.
  new ResizeObserver(([entry]) => {
    const height = entry.target.offsetHeight;
    document.documentElement.style.setProperty("--head", `${height}px`);
  }).observe(byId("top"));
}

prepare();
show();
