// The dialog that copies a citation.

import { FORMS, material } from "./citing.js";
import { announce, byId, store, stored } from "./dom.js";
import { bestSentence } from "./passage.js";
import { get } from "./service.js";

const FORM = "qa.form";
let parts = null;

/** Opens the dialog for a citation of an answer. */
export async function offerCopy(answer, citation) {
  const dialog = byId("copying");
  const sha256 = citation.source.sha256;
  parts = null;
  draw();
  dialog.showModal();
  try {
    const best = bestSentence(citation, answer.question);
    const annotation = `passages/${citation.id}/annotation`;
    const [text, document, passage, sentence] = await Promise.all([
      get(`documents/${sha256}/text?citation=${citation.id}`),
      get(`documents/${sha256}`),
      get(annotation),
      get(`${annotation}?part=${best.start}-${best.end}`),
    ]);
    const made = (...part) => material(answer, citation, ...part);
    parts = {
      sentence: made(best, text, document, sentence),
      passage: made(citation.span, text, document, passage),
    };
    draw();
  } catch (error) {
    byId("copied").textContent = error.message;
  }
}

const chosen = (name) => document.querySelector(`#copying input[name=${name}]:checked`).value;

function draw() {
  const form = chosen("form");
  byId("citation-text").value = parts ? FORMS[form](parts[chosen("part")]) : "";
  byId("copy").disabled = !parts;
  byId("copied").textContent = "";
  // The JSON holds the passage and its sentences alike.
  byId("part").disabled = form === "json";
}

async function copy() {
  const area = byId("citation-text");
  const label = document.querySelector("#copying input[name=form]:checked").parentElement;
  let done = true;
  try {
    await navigator.clipboard.writeText(area.value);
  } catch {
    // Only pages from this machine or by HTTPS may use the clipboard; others may copy what is
    // selected.
    area.select();
    done = document.execCommand("copy");
  }
  const told = done ? `Copied as ${label.textContent.trim()}.` : "Press Ctrl+C to copy.";
  byId("copied").textContent = told;
  announce(told);
}

/** Connects the dialog. */
export function prepareCopying() {
  const form = stored("localStorage", FORM);
  if (form && Object.hasOwn(FORMS, form))
    document.querySelector(`#copying input[name=form][value=${form}]`).checked = true;
  byId("copying").addEventListener("change", (event) => {
    if (event.target.name === "form") store("localStorage", FORM, event.target.value);
    draw();
  });
  byId("copy").addEventListener("click", copy);
}
