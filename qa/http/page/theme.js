// Not a module: it runs before the page is drawn, so that a chosen theme does not flash.
try {
  const theme = localStorage.getItem("qa.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme holds.
}
