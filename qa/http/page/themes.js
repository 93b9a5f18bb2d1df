// The button that turns from the system's theme to light and dark.

import { announce, byId, store } from "./dom.js";

const THEMES = { "": "as the system", light: "light", dark: "dark" };

function set(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  byId("theme-button").title = `Theme: ${THEMES[theme]}`;
  byId("theme-name").textContent = `Theme: ${THEMES[theme]}`;
}

/** Connects the button. `theme.js` has set the theme before. */
export function prepareTheme() {
  const now = () => document.documentElement.dataset.theme ?? "";
  set(Object.hasOwn(THEMES, now()) ? now() : "");
  byId("theme-button").addEventListener("click", () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(now()) + 1) % names.length];
    set(next);
    store("localStorage", "qa.theme", next || null);
    announce(`Theme: ${THEMES[next]}.`);
  });
}
