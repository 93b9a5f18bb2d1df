// The source beside the answer, opened at the place of a citation.

import { announce, byId, el, fill } from "./dom.js";
import { placeOf, steps } from "./passage.js";
import { showPage } from "./picture.js";
import { get } from "./service.js";
import { visible } from "./text.js";
import { placeName, trail } from "./words.js";
import { showText } from "./window.js";

let opened = null;
let abort = new AbortController();

/** The citation that is open, or null. */
export const openCitation = () => opened?.citation ?? null;

/**
 * Opens the source of a citation at its `best` sentence, a span. `answered`: whether it answers the
 * question.
 */
export async function openSource(citation, { answered, best }) {
  abort.abort();
  abort = new AbortController();
  const signal = abort.signal;
  const page = firstPage(citation, best);
  opened = { citation, answered, document: null, page, view: null, zoomed: false, signal };
  const mine = opened;
  heading(citation, answered);
  byId("source").hidden = false;
  document.body.classList.add("with-source");
  fill(byId("source-body"));
  busy(true);
  try {
    mine.document = await get(`documents/${citation.source.sha256}`, signal);
    mine.view = mine.document.has_pictures && page ? "page" : "text";
    await show(mine);
  } catch (error) {
    if (error.name !== "AbortError") refused(error);
  }
}

function firstPage(citation, best) {
  const { unit } = placeOf(citation, best);
  return unit?.kind === "page" ? unit.first.number : null;
}

/** Closes the pane. */
export function closeSource() {
  abort.abort();
  opened = null;
  byId("source").hidden = true;
  document.body.classList.remove("with-source");
}

/** The page before or after the one that is shown; nothing where there is none. */
export function turn(by) {
  if (!opened || opened.view !== "page") return;
  const page = opened.page + by;
  if (page < 1 || page > opened.document.units) return;
  opened.page = page;
  show(opened);
}

/** The page as a picture, or its text. */
export function switchView(view = opened?.view === "page" ? "text" : "page") {
  if (!opened?.document || opened.view === view) return;
  if (view === "page" && !(opened.document.has_pictures && opened.page)) return;
  opened.view = view;
  show(opened);
}

/** The page as wide as the pane, or twice as wide. */
export function zoom() {
  if (opened?.view !== "page") return;
  opened.zoomed = !opened.zoomed;
  show(opened);
}

async function show(one) {
  busy(true);
  controls(one);
  try {
    const notes = one.view === "page" ? await pageOrText(one) : await showText(one);
    if (one.signal.aborted) return;
    tell(notes);
    const name = placeName(one.citation.source.path, one.citation);
    announce([`Opened ${name}.`, ...notes].join(" "));
  } catch (error) {
    if (error.name !== "AbortError") refused(error);
  } finally {
    if (!one.signal.aborted) busy(false);
  }
}

/** Where a page cannot be drawn, the text that was indexed is shown, and why. */
async function pageOrText(one) {
  try {
    return await showPage(one);
  } catch (error) {
    if (error.name === "AbortError" || error.status === 401 || error.status === 503) throw error;
    one.view = "text";
    controls(one);
    return [`The page cannot be shown: ${error.message}`, ...(await showText(one))];
  }
}

function heading(citation, answered) {
  const { source } = citation;
  fill(byId("source-title"), el("bdi", {}, visible(source.title || source.path)));
  fill(
    byId("source-place"),
    el("span", { class: "path" }, el("bdi", {}, visible(placeName(source.path, citation)))),
    ...steps(trail(citation).filter((step) => step !== source.title)),
  );
  byId("source").classList.toggle("nearest", !answered);
  byId("source-nearest").hidden = answered;
  tell([]);
  byId("source-controls").hidden = true;
}

function controls(one) {
  const pages = one.document.has_pictures && one.page !== null;
  byId("source-controls").hidden = !pages;
  if (!pages) return;
  const isPage = one.view === "page";
  byId("as-page").setAttribute("aria-pressed", String(isPage));
  byId("as-text").setAttribute("aria-pressed", String(!isPage));
  for (const id of ["page-before", "page-after", "page-name", "zoom"]) byId(id).hidden = !isPage;
  // A button that is disabled while it has the focus loses it; these keep it.
  byId("page-before").setAttribute("aria-disabled", String(one.page <= 1));
  byId("page-after").setAttribute("aria-disabled", String(one.page >= one.document.units));
  byId("zoom").setAttribute("aria-pressed", String(one.zoomed));
  byId("page-name").textContent = `${one.page} of ${one.document.units}`;
}

function tell(notes) {
  fill(byId("source-notes"), notes.map((note) => el("p", { class: "caution" }, visible(note))));
}

function refused(error) {
  busy(false);
  fill(byId("source-body"), el("p", { class: "refused" }, visible(error.message)));
  announce(error.message);
}

function busy(isBusy) {
  byId("source-body").setAttribute("aria-busy", String(isBusy));
}
