// On a kiosk: after a while without a touch or a key the page counts down, then everything is forgotten.
// The server ends the session by itself where no script runs.

const bar = document.getElementById("kiosk");
const form = document.getElementById("kiosk-finish");
const warning = document.getElementById("kiosk-idle");
const seconds = document.getElementById("kiosk-seconds");
const WAIT = Number(bar.dataset.wait);
const COUNT = Number(bar.dataset.count);
let left = WAIT + COUNT;

function touched() {
  left = WAIT + COUNT;
  warning.hidden = true;
}

function forget() {
  // Also where the browser does not know Clear-Site-Data: on plain HTTP.
  localStorage.clear();
  sessionStorage.clear();
  form.submit();
}

// The browser offers nobody what an earlier voter typed, and keeps no password.
function offerNothing() {
  for (const field of document.querySelectorAll("form, input, textarea")) {
    field.autocomplete = field.type === "password" ? "new-password" : "off";
  }
}

offerNothing();
document.addEventListener("htmx:afterSettle", offerNothing);

for (const kind of ["pointerdown", "keydown", "scroll", "input"]) {
  addEventListener(kind, touched, { passive: true });
}

form.addEventListener("submit", () => {
  localStorage.clear();
  sessionStorage.clear();
});

// A page taken from the browser's memory of going back is asked for again.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

if (!bar.hasAttribute("data-greeting")) {
  const clock = setInterval(() => {
    left -= 1;
    if (left <= 0) {
      // Once: on a slow line the answer takes longer than a second.
      clearInterval(clock);
      forget();
    } else if (left <= COUNT) {
      warning.hidden = false;
      seconds.textContent = String(left);
    }
  }, 1000);
}
