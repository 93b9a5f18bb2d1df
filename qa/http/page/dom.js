// Elements made from text alone. Nothing here, or anywhere in this page, parses HTML.

/**
 * A new element. `properties` are set as attributes; `true` sets an empty one, `null`, `undefined`
 * and `false` none; functions are listeners, such as `onclick`. Children are nodes or text.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, String(value));
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(2).filter((child) => child !== null));
}

let announced;

/** Tells a screen reader, once for each call. */
export function announce(text) {
  const region = byId("live");
  region.textContent = "";
  clearTimeout(announced);
  // The same text twice is told twice only if the region was empty in between.
  announced = setTimeout(() => (region.textContent = text), 50);
}

/** Moves the focus without moving what is shown, then shows the element if it is not in sight. */
export function focusOn(element) {
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

/** What was stored under a name in `storage`, or null, also where the browser stores nothing. */
export function stored(storage, name) {
  try {
    return window[storage].getItem(name);
  } catch {
    return null;
  }
}

/** Stores a value; null removes it. */
export function store(storage, name, value) {
  try {
    if (value === null) window[storage].removeItem(name);
    else window[storage].setItem(name, value);
  } catch {
    // Without storage a choice lasts as long as the page.
  }
}
