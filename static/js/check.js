// Checks a receipt code in this browser: the code never leaves it.
// The server is asked for what the code's references lead to; everything it answers is verified here, as
// merkle.py, signed_notes.py and sealing.py of voting/ballots say.

import { derive, hex, read } from "./receipt.js";

const form = document.getElementById("check");
const encoder = new TextEncoder();

function bytes(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function same(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

async function sha256(...parts) {
  const whole = new Uint8Array(await new Blob(parts).arrayBuffer());
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

export async function isIncluded(leaf, index, size, path, root) {
  if (!(index >= 0 && index < size)) {
    return false;
  }
  let [at, last, found] = [index, size - 1, leaf];
  for (const other of path) {
    if (last === 0) {
      return false;
    }
    if (at % 2 || at === last) {
      found = await sha256(Uint8Array.of(1), other, found);
      while (at % 2 === 0 && at) {
        [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
      }
    } else {
      found = await sha256(Uint8Array.of(1), found, other);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(found, root);
}

// True or false; null where this browser knows no Ed25519.
async function isSigned(note, publicKey, origin) {
  const [text, marks] = note.split("\n\n");
  const mark = marks.split("\n").find((line) => line.startsWith(`\u2014 ${origin} `));
  if (!mark) {
    return false;
  }
  const signature = Uint8Array.from(atob(mark.split(" ").pop()), (sign) => sign.charCodeAt(0)).slice(4);
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, key, signature, encoder.encode(`${text}\n`));
  } catch (error) {
    if (error.name === "NotSupportedError") {
      return null;
    }
    throw error;
  }
}

async function ask(address) {
  const answer = await fetch(address, { credentials: "omit", cache: "no-store" });
  if (answer.status === 404) {
    return null;
  }
  if (!answer.ok) {
    throw new Error(String(answer.status));
  }
  return answer.json();
}

// What is found, as the names of the sentences on the page.
export async function examine(code, about) {
  const [logRef, ballotRef, nonce] = await Promise.all(
    ["log", "ballot", "nonce"].map((purpose) => derive(code, purpose, about.round)),
  );
  const answer = await ask(`${about.inclusion}${hex(logRef)}/`);
  if (!answer) {
    return { said: ["unknown"] };
  }
  if (answer.is_waiting) {
    return { said: ["waiting"] };
  }
  const { entry, path, checkpoint, withdrawal } = answer.proof;
  const [origin, size, root] = checkpoint.note.split("\n");
  const commitment = bytes(entry.commitment);
  const leaf = await sha256(Uint8Array.of(0), logRef, commitment, encoder.encode(entry.kind));
  const noted = Uint8Array.from(atob(root), (sign) => sign.charCodeAt(0));
  let isInTree = await isIncluded(leaf, entry.index, Number(size), path.map(bytes), noted);
  if (withdrawal) {
    // What withdraws an entry names it by its hash, and repeats its commitment.
    const gone = await sha256(Uint8Array.of(0), leaf, commitment, encoder.encode("withdraw"));
    const { index } = withdrawal.entry;
    isInTree &&= await isIncluded(gone, index, Number(size), withdrawal.path.map(bytes), noted);
  }
  const signed = await isSigned(checkpoint.note, bytes(checkpoint.public_key), origin);
  const said = [isInTree ? "included" : "not-included"];
  said.push(signed === null ? "signature-not-checked" : signed ? "signed" : "not-signed");
  if (withdrawal) {
    said.push(...(isInTree ? ["withdrawn"] : []));
  } else if (!about.isPublished) {
    said.push("not-published");
  } else if (!about.isOpenMode) {
    said.push("inclusion-only");
  }
  if (!about.isPublished || !about.isOpenMode) {
    return { said };
  }
  const counted = await ask(`${about.counted}${hex(ballotRef.slice(0, 16))}/`);
  if (withdrawal) {
    return { said: counted ? [...said, "withdrawn-but-counted"] : said };
  }
  if (!counted) {
    return { said: [...said, "not-counted"] };
  }
  const head = encoder.encode(`ballot-v1|${about.round}|${about.rulesHash}|`);
  const fixed = await sha256(head, nonce, encoder.encode(counted.choices));
  said.push(same(fixed, commitment) ? "counted" : "counted-otherwise");
  return { said, choices: JSON.parse(counted.choices) };
}

function show({ said, choices }, about) {
  for (const sentence of document.querySelectorAll("[data-said]")) {
    sentence.hidden = !said.includes(sentence.dataset.said);
  }
  const list = document.getElementById("counted");
  list.replaceChildren();
  for (const entry of Object.values(choices ?? {}).flat(1)) {
    const [code, points] = Array.isArray(entry) ? entry : [entry, null];
    const item = document.createElement("li");
    item.textContent = `${about.titles[code] ?? ""} (${code})${points === null ? "" : `: ${points}`}`;
    list.append(item);
  }
  const outcome = document.getElementById("outcome");
  outcome.hidden = false;
  outcome.focus();
}

if (form && window.isSecureContext && crypto.subtle) {
  const about = JSON.parse(document.getElementById("about").textContent);
  const input = form.elements.receipt_code;
  // Without a name a field is never sent, whatever else may go wrong.
  input.removeAttribute("name");
  for (const words of document.querySelectorAll("[data-without-script]")) {
    words.hidden = true;
  }
  for (const words of document.querySelectorAll("[data-with-script]")) {
    words.hidden = false;
  }
  const check = async () => {
    document.getElementById("outcome").hidden = true;
    const code = read(input.value);
    try {
      show(code ? await examine(code, about) : { said: ["no-code"] }, about);
    } catch {
      show({ said: ["unreachable"] }, about);
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  const takeFromAddress = () => {
    if (location.hash.length > 1) {
      input.value = decodeURIComponent(location.hash.slice(1));
      // The address bar and the history need not keep it.
      history.replaceState(null, "", location.pathname + location.search);
      check();
    }
  };
  window.addEventListener("hashchange", takeFromAddress);
  takeFromAddress();
}
