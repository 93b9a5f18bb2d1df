// A page of the file as a picture that the service draws, with the passage marked on it.

import { byId, el, fill } from "./dom.js";
import { picture } from "./service.js";

const NARROWEST = 900; // narrower ones cannot be enlarged by hand
const WIDEST = 2000;
let address = null;

/** Shows the page that is open; gives notes for the person. Raises as the service refuses. */
export async function showPage(one) {
  const { citation, page, signal } = one;
  const body = byId("source-body");
  const { url } = await picture(pathOf(one, body.clientWidth), signal);
  const marks = placesOn(citation.places, page).length;
  const told = marks ? "with the passage marked" : "nothing is marked";
  const image = el("img", { class: one.zoomed ? "zoomed" : null, alt: `Page ${page} of ${citation.source.path}, ${told}` });
  image.src = url;
  await image.decode();
  if (signal.aborted || one.page !== page || one.view !== "page") {
    URL.revokeObjectURL(url);
    return [];
  }
  if (address) URL.revokeObjectURL(address);
  address = url;
  fill(body, image);
  const top = marks ? highest(image) : 0;
  body.scrollTop = Math.max(0, top * image.clientHeight - body.clientHeight / 4);
  return notes(citation, marks);
}

function pathOf({ citation, page, zoomed }, room) {
  const wanted = room * window.devicePixelRatio * (zoomed ? 2 : 1);
  const width = Math.round(Math.min(WIDEST, Math.max(NARROWEST, wanted)));
  const asked = new URLSearchParams({ citation: citation.id, width });
  for (const span of citation.evidence) asked.append("evidence", `${span.start}-${span.end}`);
  const answer = citation.answer_span;
  if (answer) asked.set("answer", `${answer.start}-${answer.end}`);
  return `documents/${citation.source.sha256}/page/${page}?${asked}`;
}

const placesOn = (places, page) => (places ?? []).filter((place) => place.page === page);

function notes(citation, marks) {
  if (marks) return [];
  const pages = [...new Set((citation.places ?? []).map((place) => place.page))];
  if (pages.length) return [`The passage is not on this page but on page ${pages.join(" and ")}.`];
  return ["The place of the passage could not be found on the page, so nothing is marked."];
}

/**
 * How far down the first mark is, from 0 to 1: a sentence that answers, else the passage.
 *
 * It is looked for in the picture. Rectangles say where it is on the unrotated page in points, but
 * not how the page lies or how high it is.
 */
function highest(image) {
  const width = 200;
  const height = Math.round((width * image.naturalHeight) / image.naturalWidth);
  const canvas = el("canvas", { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const strong = firstRow(data, width, 130);
  return (strong ?? firstRow(data, width, 50) ?? 0) / height;
}

const LEAST_DOTS = 4;

/** The first row with some dots that are yellow by at least `least` of 255; null for none. */
function firstRow(data, width, least) {
  for (let row = 0; row * width * 4 < data.length; row++) {
    let dots = 0;
    for (let at = row * width * 4; at < (row + 1) * width * 4; at += 4) {
      const [red, green, blue] = data.subarray(at, at + 3);
      if (Math.min(red, green) - blue >= least) dots += 1;
    }
    if (dots >= LEAST_DOTS) return row;
  }
  return null;
}
