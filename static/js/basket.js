// Keeps the basket through a lost connection. The server's copy is the one that counts; this one is sent
// when a change did not arrive, or when the server has none (a new session).

const bar = () => document.getElementById("budget");
const form = document.getElementById("basket");
const cast = document.querySelector("[data-ballot-cast]");
const slot = `basket:${location.pathname.split("/").slice(1, 3).join("/")}`;

function read() {
  try {
    return JSON.parse(localStorage.getItem(slot));
  } catch {
    return null;
  }
}

function write(choices, isSent) {
  const owner = bar().dataset.owner;
  localStorage.setItem(slot, JSON.stringify({ owner, choices, isSent }));
}

function serverCopy() {
  return JSON.parse(bar().dataset.mirror);
}

function notice(isShown) {
  const words = bar().querySelector("[data-basket-notice]");
  words.hidden = !isShown;
  return words.textContent;
}

function isEmpty(choices) {
  return Object.values(choices).every((values) => values.length === 0);
}

// Whole, as a form: the server keeps what is on the papers and answers with the page.
async function send(choices) {
  const body = new FormData(form);
  body.set("action", "replace");
  for (const [paper, values] of Object.entries(choices)) {
    for (const value of values) {
      body.append(`choice-${paper}`, value);
    }
  }
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  return answer.type === "opaqueredirect" || answer.ok;
}

async function sendLater() {
  const kept = read();
  if (!kept || kept.isSent) {
    return;
  }
  try {
    if (await send(kept.choices)) {
      write(kept.choices, true);
      location.reload();
    }
  } catch {
    notice(true);
  }
}

// A change that did not reach the server: keep it here and show it on the button.
function keep(button) {
  const kept = read();
  const choices = kept?.choices ?? serverCopy();
  const paper = form.elements.paper.value;
  const values = (choices[paper] ?? []).filter((value) => value.split(":")[0] !== button.value);
  if (button.name === "add") {
    const points = document.getElementById(`points-${button.value}`)?.value;
    values.push(points ? `${button.value}:${points}` : button.value);
  }
  choices[paper] = values;
  write(choices, false);
  button.name = button.name === "add" ? "remove" : "add";
  button.closest("li").classList.toggle("pb-choice--chosen", button.name === "remove");
  const announce = document.getElementById("announce");
  announce.textContent = notice(true);
}

if (cast) {
  localStorage.removeItem(slot);
} else if (form && bar()) {
  const kept = read();
  const owner = bar().dataset.owner;
  // Somebody who signs in keeps what they chose before; nobody is handed another person's basket.
  const isMine = kept && (kept.owner === owner || kept.owner === "");
  if (isMine && (!kept.isSent || isEmpty(serverCopy())) && !isEmpty(kept.choices)) {
    write(kept.choices, false);
    sendLater();
  } else {
    write(serverCopy(), true);
  }
  document.addEventListener("htmx:oobAfterSwap", () => write(serverCopy(), true));
  document.addEventListener("htmx:sendError", (event) => {
    const button = event.target.closest("button[form=basket]");
    if (button) {
      keep(button);
    }
  });
  window.addEventListener("online", sendLater);
}
