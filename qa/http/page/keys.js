// The keyboard: what each key does, and when it does nothing.

import { byId, store, stored } from "./dom.js";

const KEYS = "qa.keys";

const typing = (target) =>
  target.matches("textarea, select, input:not([type=radio], [type=checkbox])") ||
  target.isContentEditable;

const allowed = () => stored("localStorage", KEYS) !== "off";

/** Connects the keys. `actions` are by the name of the key, as in `KeyboardEvent.key`. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const { key, target } = event;
    const inQuestion = target === byId("question");
    if (typing(target) && !(key === "Escape" || (inQuestion && key === "ArrowDown"))) return;
    // Arrows move what is shown where that scrolls, and a radio button.
    if (key.startsWith("Arrow") && !inQuestion && target.closest("#source, dialog, fieldset")) return;
    if (key.length === 1 && !allowed()) return;
    const action = Object.hasOwn(actions, key) ? actions[key] : null;
    if (action && action(event) !== false) event.preventDefault();
  });
  const box = byId("keys-on");
  box.checked = allowed();
  box.addEventListener("change", () => store("localStorage", KEYS, box.checked ? null : "off"));
}

/** Moves the focus by one passage of the answer; gives whether there was one. */
export function move(by) {
  const openers = [...document.querySelectorAll("#answer [data-open]")];
  if (!openers.length) return false;
  const at = openers.findIndex((opener) => opener.closest(".passage").contains(document.activeElement));
  const next = at < 0 ? (by > 0 ? 0 : openers.length - 1) : at + by;
  const opener = openers[Math.max(0, Math.min(openers.length - 1, next))];
  opener.focus({ preventScroll: true });
  opener.closest(".passage").scrollIntoView({ block: "nearest" });
  return true;
}
