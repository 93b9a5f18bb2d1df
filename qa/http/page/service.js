// Requests to the service, with the token that it may ask for.

import { store, stored } from "./dom.js";

const TOKEN = "qa.token";

/** What the service, or the way to it, refused: `code` as the service calls it. */
export class Refused extends Error {
  constructor(code, message, status = 0) {
    super(message.charAt(0).toUpperCase() + message.slice(1));
    this.code = code;
    this.status = status;
  }
}

let askForToken = async () => null;
let asking = null;

/** `ask(again)` gives a token or null; `again`: whether the last one was refused. */
export function onUnauthorised(ask) {
  askForToken = ask;
}

async function send(path, options) {
  const token = stored("sessionStorage", TOKEN);
  const headers = { ...(options.headers ?? {}) };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { ...options, headers, credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("unreachable", "The service does not answer. Is `qa serve` still running?");
  }
  if (response.status !== 401) return response;
  // Several requests may be refused at once; the person is asked once.
  if (stored("sessionStorage", TOKEN) === token) {
    asking ??= askForToken(Boolean(token)).finally(() => (asking = null));
    const given = await asking;
    if (!given) throw new Refused("unauthorised", "The service wants its token.", 401);
    store("sessionStorage", TOKEN, given);
  }
  return send(path, options);
}

async function answered(path, options) {
  const response = await send(path, options);
  if (response.ok) return response;
  let told = null;
  try {
    told = (await response.json()).error;
  } catch {
    // Not the service's own words: a proxy's, perhaps.
  }
  const message = told?.message ?? `The service answered ${response.status} ${response.statusText}`;
  throw new Refused(told?.code ?? "unknown", message, response.status);
}

/** The JSON of a GET. */
export async function get(path, signal) {
  return (await answered(path, { signal })).json();
}

/** The JSON of a POST of JSON. */
export async function post(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body), signal };
  return (await answered(path, options)).json();
}

/** A picture, as an address for an image, and the response's headers. */
export async function picture(path, signal) {
  const response = await answered(path, { signal });
  return { url: URL.createObjectURL(await response.blob()), headers: response.headers };
}
