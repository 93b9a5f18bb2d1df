// What an answer says, in words. The terminal uses the same words and numbers.

const LIKELIHOODS = [
  [90, "Very likely"],
  [66, "Likely"],
  [33, "Uncertain"],
  [10, "Unlikely"],
];

export function likelihood(probability) {
  const told = Math.round(100 * probability);
  return LIKELIHOODS.find(([least]) => told >= least)?.[1] ?? "Very unlikely";
}

/** Whole percent; 0% and 100% only for exactly 0 and 1. */
export function percent(share) {
  const told = Math.round(100 * share);
  if (told === 0 && share > 0) return "under 1%";
  return told === 100 && share < 1 ? "over 99%" : `${told}%`;
}

const number = (value) => (Math.round(value * 100) / 100 + 0).toFixed(2);

export const counted = (count, what) =>
  `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;

/** The reasons for the decision, a sentence each. */
export function reasons(answer) {
  const told = answer.explanation;
  const lines = [
    `Probability that the first passage answers it: ${percent(answer.probability)} ` +
      `(band ${answer.confidence}); ${percent(told.threshold)} is enough.`,
    `Of the question's words, rare ones weighing more, the marked sentence holds ` +
      `${percent(told.evidence_share)} and the best passage ${percent(told.passage_share)}.`,
  ];
  if (told.similarity !== null) {
    lines.push(
      `The nearest sentence is similar to the question by ${number(told.similarity)} of 1; ` +
        `the model's word for it counts ${percent(told.trust)} in this language.`,
    );
    if (told.standardised_similarity === null)
      lines.push("What that is worth under this model is not known, so it did not count.");
    else if (told.standardised_similarity !== told.similarity)
      lines.push(
        `Beside the other similarities in this index, that is as much as ` +
          `${number(told.standardised_similarity)} under all-MiniLM-L6-v2.`,
      );
  }
  if (told.reading !== null)
    lines.push(
      `Read beside the question, the best sentence of the first passage and its neighbours ` +
        `answer it with ${percent(told.reading)}.`,
    );
  if (told.second_reading !== null)
    lines.push(`Read by the multilingual network, too: ${percent(told.second_reading)}.`);
  if (told.strangeness > 0)
    lines.push(
      `Question or documents are unlike those that the probability was fitted to, ` +
        `so it is lower.`,
    );
  if (told.column_agreement !== null)
    lines.push(
      `The columns of the table agree with what is asked by ` +
        `${number(told.column_agreement)} of 1.`,
    );
  return [...lines, `Passages searched: ${told.passages.toLocaleString("en")}.`];
}

/** What to do if there is no answer. `filtered`: whether only some documents were asked. */
export function remedy(answer, filtered) {
  if (answer.reason === "empty_index") return "The index holds no text.";
  if (answer.reason === "filtered_out") return "The filters leave nothing to search.";
  if (answer.reason === "no_match")
    return filtered
      ? "Nothing that the filters let through matches the question."
      : "Nothing matches the question. Ask in other words.";
  const needed = percent(answer.explanation.threshold);
  return `An answer needs ${needed}. Ask in other words, or look at the nearest passages yourself.`;
}

/** `page ii (2)`, `pages 4-5`, `sheet Costs`; empty without units. */
export function unitName(unit) {
  if (!unit) return "";
  const { kind, first, last } = unit;
  const one = (label, value) => (!label || label === value ? value : `${label} (${value})`);
  if (first.number === last.number) {
    const label = short(first.label ?? "");
    if (kind === "page") return `page ${one(label, String(first.number))}`;
    if (label.toLowerCase().startsWith(kind)) return label;
    return `${kind} ${label || first.number}`;
  }
  const numbers = `${first.number}-${last.number}`;
  if (!(first.label && last.label)) return `${kind}s ${numbers}`;
  const labels = `${short(first.label)}-${short(last.label)}`;
  return `${kind}s ${kind === "page" ? one(labels, numbers) : labels}`;
}

const LONGEST_LABEL = 40;

function short(label) {
  const line = label.trim().replace(/\s+/gu, " ");
  return line.length <= LONGEST_LABEL ? line : `${line.slice(0, LONGEST_LABEL - 3).trimEnd()}...`;
}

/** Where a citation stands, without its file: `line 12`, `page ii (2)`. */
export function position(place) {
  if (place.lines) {
    const { start, end } = place.lines;
    return start === end ? `line ${start}` : `lines ${start}-${end}`;
  }
  return unitName(place.unit);
}

/** `path, page 2`. */
export function placeName(path, place) {
  const at = position(place);
  return at ? `${path}, ${at}` : path;
}

/**
 * Title and headings down to a passage, each once in a row. A title made from the file's name is
 * left out.
 */
export function trail(citation) {
  const { title, path } = citation.source;
  const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const stem = path.split("/").pop().replace(/\.[^.]+$/u, "");
  const told = citation.heading_path[0] === title || letters(title) === letters(stem);
  const steps = told ? citation.heading_path : [title, ...citation.heading_path];
  return steps.filter((step, index) => step && step !== steps[index - 1]);
}
