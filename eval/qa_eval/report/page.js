"use strict";
(() => {
  const filter = document.getElementById("filter");
  const kind = document.getElementById("kind");
  const shown = document.getElementById("shown");
  const questions = Array.from(document.querySelectorAll("details.question"), (node) => ({
    node,
    kinds: node.dataset.kind.split(" "),
    text: (
      node.querySelector("summary").textContent + " " + node.querySelector(".id").textContent
    ).toLowerCase(),
  }));

  function apply() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { node, kinds, text } of questions) {
      const visible = kinds.includes(kind.value) && words.every((word) => text.includes(word));
      node.hidden = !visible;
      count += visible;
    }
    shown.textContent = `${count} of ${questions.length} questions`;
  }

  document.querySelector(".controls").hidden = false;
  filter.addEventListener("input", apply);
  kind.addEventListener("change", apply);
  apply();
})();
