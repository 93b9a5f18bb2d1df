// The question, its filters and the open passage, as they stand in the page's address.
//
// They stand in the fragment, which browsers do not send: neither a proxy nor a log sees them.

/** Filters with several values, and how the address calls each. */
export const SEVERAL = { paths: "path", types: "type", languages: "lang", tags: "tag", headings: "heading" };

/** Filters and options with one value. */
export const SINGLE = { since: "since", until: "until", min: "min", k: "k", mode: "mode" };

/** A state with nothing in it. */
export const nothing = () => ({
  q: "",
  open: "",
  ...Object.fromEntries(Object.keys(SEVERAL).map((name) => [name, []])),
  ...Object.fromEntries(Object.keys(SINGLE).map((name) => [name, ""])),
});

/** The state that a fragment such as `#q=…&type=pdf` tells. */
export function read(fragment) {
  const told = new URLSearchParams(fragment.replace(/^#/u, ""));
  const state = nothing();
  state.q = told.get("q") ?? "";
  state.open = told.get("open") ?? "";
  for (const [name, key] of Object.entries(SEVERAL)) state[name] = told.getAll(key).filter(Boolean);
  for (const [name, key] of Object.entries(SINGLE)) state[name] = told.get(key) ?? "";
  return state;
}

/** The fragment for a state; empty for nothing. */
export function write(state) {
  const told = new URLSearchParams();
  if (state.q) told.set("q", state.q);
  for (const [name, key] of Object.entries(SEVERAL))
    for (const value of state[name]) told.append(key, value);
  for (const [name, key] of Object.entries(SINGLE)) if (state[name]) told.set(key, state[name]);
  if (state.open) told.set("open", state.open);
  const text = told.toString();
  return text ? `#${text}` : "";
}

/** The same question and filters, whatever is open. */
export const asked = (state) => write({ ...state, open: "" });

/** The body of a request to `ask`. */
export function request(state) {
  const filter = {};
  for (const name of Object.keys(SEVERAL)) if (state[name].length) filter[name] = state[name];
  for (const name of ["since", "until"]) if (state[name]) filter[name] = state[name];
  const body = { question: state.q, places: true };
  if (state.k) body.k = Number(state.k);
  if (state.mode) body.mode = state.mode;
  if (state.min) body.min_confidence = state.min;
  if (Object.keys(filter).length) body.filter = filter;
  return body;
}

/** Whether only some of the documents are asked. */
export const filtered = (state) =>
  Boolean(state.since || state.until || Object.keys(SEVERAL).some((name) => state[name].length));
