// Makes the receipt code in this browser, so that the server never learns it.
// The values are those of voting/ballots/sealing.py. Without script, or where WebCrypto is missing (a page that
// is not secure), the form carries a code made by the server instead.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_BYTES = 13;
const SIGNS = 21;
const encoder = new TextEncoder();

export function show(code) {
  let number = 0n;
  for (const byte of code) {
    number = (number << 8n) | BigInt(byte);
  }
  number <<= BigInt(5 * SIGNS - 8 * CODE_BYTES);
  let signs = "";
  for (let place = SIGNS - 1; place >= 0; place -= 1) {
    signs += ALPHABET[Number((number >> BigInt(5 * place)) & 31n)];
  }
  return signs.match(/.{1,5}/g).join("-");
}

// Dashes, spaces and case do not matter, nor signs that are misread; null for what no code looks like.
export function read(text) {
  const lookalikes = { O: "0", I: "1", L: "1" };
  const signs = text.toUpperCase().replace(/[\s-]/g, "").replace(/[OIL]/g, (sign) => lookalikes[sign]);
  if (signs.length !== SIGNS || [...signs].some((sign) => !ALPHABET.includes(sign))) {
    return null;
  }
  let number = 0n;
  for (const sign of signs) {
    number = (number << 5n) | BigInt(ALPHABET.indexOf(sign));
  }
  const spare = BigInt(5 * SIGNS - 8 * CODE_BYTES);
  if (number & ((1n << spare) - 1n)) {
    return null;
  }
  number >>= spare;
  return Uint8Array.from({ length: CODE_BYTES }, (_, place) =>
    Number((number >> BigInt(8 * (CODE_BYTES - 1 - place))) & 255n),
  );
}

export function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function derive(code, purpose, round) {
  const key = await crypto.subtle.importKey("raw", code, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(`${purpose}|${round}`)));
}

export async function envelope(code, round, rulesHash, choices) {
  const [logRef, ballotRef, nonce] = await Promise.all(
    ["log", "ballot", "nonce"].map((purpose) => derive(code, purpose, round)),
  );
  const head = encoder.encode(`ballot-v1|${round}|${rulesHash}|`);
  const tail = encoder.encode(choices);
  const text = new Uint8Array([...head, ...nonce, ...tail]);
  return {
    log_ref: hex(logRef),
    ballot_ref: hex(ballotRef.slice(0, 16)),
    nonce: hex(nonce),
    commitment: hex(await crypto.subtle.digest("SHA-256", text)),
  };
}

// A lost answer is asked for again with the same code, so the same ballot is recorded once.
function codeFor(choices, rulesHash) {
  const slot = `receipt:${rulesHash}:${choices}`;
  const known = sessionStorage.getItem(slot);
  if (known) {
    return Uint8Array.from(JSON.parse(known));
  }
  const code = crypto.getRandomValues(new Uint8Array(CODE_BYTES));
  sessionStorage.setItem(slot, JSON.stringify(Array.from(code)));
  return code;
}

function put(form, name, value) {
  const input = form.elements[name] ?? document.createElement("input");
  Object.assign(input, { type: "hidden", name, value });
  form.append(input);
}

// Put the answer in place of the form, as if a page had come.
function showAnswer(html) {
  const place = document.querySelector(".pb-main__body");
  place.innerHTML = html;
  document.title = place.querySelector("[data-title]").dataset.title;
  localStorage.removeItem(`basket:${location.pathname.split("/").slice(1, 3).join("/")}`);
  showReceipt();
  scrollTo(0, 0);
  const heading = place.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus();
}

// Sent from this page, so that a lost answer loses nothing: the same ballot goes again with the same code,
// which is counted once. Anything but "stored" is shown as the page that the form itself would bring.
async function send(form) {
  const words = form.querySelector("[data-cast-unknown]");
  words.hidden = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "HX-Request": "true" },
      redirect: "manual",
    });
    if (answer.ok) {
      showAnswer(await answer.text());
    } else if (answer.status < 500) {
      form.submit();
    } else {
      throw new Error(`${answer.status}`);
    }
  } catch {
    words.hidden = false;
    words.focus();
  }
}

const form = document.getElementById("cast");
if (form && crypto.subtle) {
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") {
      return;
    }
    button.setAttribute("aria-disabled", "true");
    const { round, rulesHash, choices } = form.dataset;
    try {
      const code = codeFor(choices, rulesHash);
      const values = await envelope(code, round, rulesHash, choices);
      for (const [name, value] of Object.entries(values)) {
        put(form, name, value);
      }
      form.elements.receipt_code?.remove();
      sessionStorage.setItem(`code:${values.log_ref}`, show(code));
    } catch {
      // Without a code of its own the form goes as the server made it.
      form.submit();
      return;
    }
    await send(form);
    button.removeAttribute("aria-disabled");
  });
}

// The address as a QR code: a path of unit squares, with the margin of four that readers need.
async function draw(address, picture) {
  // Fetched only now: nothing that casting needs hangs on it.
  const { generate } = await import("./vendor/lean-qr-2.7.4.min.js");
  const code = generate(address);
  let squares = "";
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (code.get(x, y)) {
        squares += `M${x} ${y}h1v1h-1z`;
      }
    }
  }
  picture.querySelector("path").setAttribute("d", squares);
  picture.querySelector("svg").setAttribute("viewBox", `-4 -4 ${code.size + 8} ${code.size + 8}`);
  picture.hidden = false;
}

function showReceipt() {
  const shown = document.getElementById("receipt-code");
  if (!shown) {
    return;
  }
  const code = sessionStorage.getItem(`code:${shown.dataset.logRef}`);
  if (code) {
    shown.textContent = code;
  }
  const check = document.querySelector("[data-check]");
  if (check && /^[0-9A-Z-]{25}$/.test(shown.textContent)) {
    // Behind the # it stays in this browser.
    check.hash = shown.textContent;
  }
  const picture = document.querySelector("[data-qr]");
  if (picture && check?.hash) {
    draw(check.href, picture);
  }
  // Shown once: whoever uses this browser next does not find it. A code may be used for one ballot only.
  for (const slot of Object.keys(sessionStorage)) {
    if (slot.startsWith("receipt:") || slot.startsWith("code:")) {
      sessionStorage.removeItem(slot);
    }
  }
  const print = document.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.querySelector("button").addEventListener("click", () => window.print());
  }
}

showReceipt();
