// Improves pages that already work: counts characters, moves focus to errors, refuses a double click.
import {
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  Radios,
} from "./vendor/govuk-frontend-6.6.0.min.js";

const COMPONENTS = [Button, CharacterCount, Checkboxes, ErrorSummary, Radios];

function start(root) {
  for (const Component of COMPONENTS) {
    for (const element of root.querySelectorAll(`[data-module="${Component.moduleName}"]`)) {
      if (!element.hasAttribute(`data-${Component.moduleName}-init`)) {
        new Component(element);
      }
    }
  }
}

document.body.classList.add("js-enabled", "govuk-frontend-supported");
start(document);

// A live region must outlive the change it tells of, so swapped fragments speak through one that stays.
export function announce(words) {
  document.getElementById("announce").textContent = words.replace(/\s+/g, " ").trim();
}

// A fragment swapped in by htmx brings its own fields and perhaps an error summary, which takes focus.
document.addEventListener("htmx:afterSettle", (event) => {
  start(event.target);
  const spoken = event.target.closest("[data-announce]") ?? event.target.querySelector("[data-announce]");
  if (spoken) {
    announce(spoken.textContent);
  }
});

// A filter panel is open where there is room and closed on a phone; without script it stays as served: open.
const roomy = window.matchMedia("(min-width: 60em)");
for (const panel of document.querySelectorAll("details.pb-filter")) {
  panel.open = roomy.matches;
}
