"""Verify a published vote: python verify.py [FOLDER] [--earlier OTHER] [--code RECEIPT-CODE]

FOLDER is what the publication unpacks to; the present one unless given. Needs nothing but Python 3.9.
Says what it has checked, line by line; ends with 0 if everything fits and with 1 if anything does not.

--earlier compares with a publication, or a folder of checkpoints, that was kept before: what it fixed must be
in this one, unchanged. --code follows one receipt code to its entry and its counted ballot.
"""

import base64
import csv
import hashlib
import hmac
import json
import os
import subprocess
import sys


class Report:
    """Prints each check, and remembers whether one failed."""

    failed = False

    def __call__(self, fits, words):
        print(("ok    " if fits else "WRONG ") + words)
        self.failed = self.failed or not fits
        return fits


# Merkle tree of RFC 9162.


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The roots of a growing tree, from one hash for each whole subtree at its right edge."""

    def __init__(self):
        self.size, self.edge = 0, []

    def append(self, leaf):
        rest = self.size
        while rest & 1:
            leaf, rest = node_hash(self.edge.pop(), leaf), rest >> 1
        self.edge.append(leaf)
        self.size += 1

    def root(self):
        if not self.edge:
            return hashlib.sha256(b"").digest()
        found = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            found = node_hash(left, found)
        return found


# Ed25519 of RFC 8032, to verify only: slow and plain.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(one, other):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = one, other
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    found = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = add(found, point)
        point, scalar = add(point, point), scalar >> 1
    return found


def point_of(encoded):
    """Read a point of the curve; None for bytes that are none."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public_key, message, signature):
    if len(signature) != 64:
        return False
    key, commitment = point_of(public_key), point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= ORDER:
        return False
    challenge = hashlib.sha512(signature[:32] + public_key + message).digest()
    left = times(scalar, BASE)
    right = add(commitment, times(int.from_bytes(challenge, "little") % ORDER, key))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P
    )


def read_note(note):
    """Return origin, size, root, what is signed, and the signatures of a checkpoint."""
    text, _, marks = note.partition("\n\n")
    origin, size, root = text.split("\n")[:3]
    signatures = [base64.b64decode(line.split(" ")[-1])[4:] for line in marks.splitlines() if line]
    return origin, int(size), base64.b64decode(root), (text + "\n").encode(), signatures


# The publication.


def but(wrong):
    """Say what does not fit, behind what should."""
    return ": not " + ", ".join(map(str, sorted(wrong))) if wrong else ""


def path_of(folder, *names):
    return os.path.join(folder, *names)


def read(folder, *names):
    with open(path_of(folder, *names), "rb") as file:
        return file.read()


def check_sums(folder, report):
    listed, wrong = {}, []
    for line in read(folder, "SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ", 1)
        listed[name] = digest
    for name, digest in listed.items():
        state = hashlib.sha256()
        try:
            with open(path_of(folder, *name.split("/")), "rb") as file:
                for block in iter(lambda: file.read(1 << 20), b""):
                    state.update(block)
        except OSError:
            wrong.append(name)
            continue
        if state.hexdigest() != digest:
            wrong.append(name)
    report(not wrong, f"{len(listed)} files are as listed{but(wrong)}")


def checkpoints(folder):
    """Yield name and text of each checkpoint of a folder, the smallest first."""
    inside = path_of(folder, "checkpoints")
    inside = inside if os.path.isdir(inside) else folder
    for name in sorted(os.listdir(inside)):
        if name.startswith("checkpoint"):
            yield name, read(inside, name).decode()


# Kinds of entries.
WITHDRAW = "withdraw"
KINDS = ("cast", "replace", WITHDRAW)


def entries(folder):
    """Yield the entries of the log, one by one."""
    with open(path_of(folder, "log", "entries.csv"), encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def withdrawals(folder):
    """Return commitments by the hashes of the entries that are withdrawn, and how many come twice."""
    found, again = {}, 0
    for row in entries(folder):
        if row["kind"] == WITHDRAW:
            names = bytes.fromhex(row["log_ref"])
            again += names in found
            found[names] = row["commitment"]
    return found, again


def check_log(folder, results, report, earlier=None):
    """Build the tree once, and compare it with every checkpoint as it passes their sizes."""
    name, _, encoded = results["verifier_key"].split("+", 2)
    public_key = base64.b64decode(encoded)[1:]
    notes, bad = {}, []
    for place, note in checkpoints(folder):
        origin, size, root, text, signatures = read_note(note)
        if origin != name or not any(is_signed(public_key, text, each) for each in signatures):
            bad.append(place)
        notes.setdefault(size, set()).add(root)
    report(not bad, f"{len(notes)} checkpoints are signed{but(bad)}")
    kept = {}
    for place, note in checkpoints(earlier) if earlier else ():
        _, size, root, text, signatures = read_note(note)
        if not any(is_signed(public_key, text, each) for each in signatures):
            report(False, f"the earlier {place} is signed with the same key")
        kept.setdefault(size, set()).add(root)
    tree, firsts, broken, refs = Frontier(), 0, 0, set()
    # A withdrawn entry can be before or after the entry that says so: a batch is sorted by hash.
    withdrawn, again = withdrawals(folder)
    named = set()
    wanted = {*notes, *kept}
    found = {0: tree.root()} if 0 in wanted else {}
    for row in entries(folder):
        broken += int(row["index"]) != tree.size or row["kind"] not in KINDS
        firsts += row["kind"] == "cast"
        data = bytes.fromhex(row["log_ref"] + row["commitment"]) + row["kind"].encode()
        leaf = leaf_hash(data)
        if row["kind"] != WITHDRAW:
            refs.add(bytes.fromhex(row["log_ref"]))
            if withdrawn.get(leaf) == row["commitment"]:
                named.add(leaf)
        tree.append(leaf)
        if tree.size in wanted:
            found[tree.size] = tree.root()
    report(not broken, f"{tree.size} entries, numbered without a gap")
    n_withdrawn = len(withdrawn) + again
    report(len(refs) == tree.size - n_withdrawn, "every ballot's entry has a reference of its own")
    fits = not again and len(named) == n_withdrawn
    report(fits, f"{n_withdrawn} withdrawals, each of an entry of its own")
    wrong = [size for size, roots in notes.items() if roots != {found.get(size)}]
    report(not wrong, f"every checkpoint fits the entries{but(wrong)}")
    report(max(notes, default=0) == tree.size, "the last checkpoint counts every entry")
    if earlier:
        wrong = [size for size, roots in kept.items() if roots != {found.get(size)}]
        report(not wrong, f"the {len(kept)} checkpoints kept earlier fit the entries{but(wrong)}")
    online = results["ballots"]["online"]
    report(firsts - n_withdrawn == online, "as many first entries, less withdrawals, as ballots cast online")


def read_pb(folder, name):
    """Return a file's META as a dictionary, its projects, and its ballots one by one."""
    with open(path_of(folder, *name.split("/")), encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        part, meta, projects, votes, head = None, {}, {}, [], None
        for row in rows:
            if row in (["META"], ["PROJECTS"], ["VOTES"]):
                part, head = row[0], None
            elif head is None:
                head = row
            elif part == "META":
                meta[row[0]] = row[1]
            elif part == "PROJECTS":
                projects[row[0]] = row[1]
            else:
                votes.append(row)
        return meta, projects, votes


def check_counts(folder, results, report):
    online_and_paper = results["ballots"]["online"] + results["ballots"]["paper"]
    for paper in results["papers"]:
        for _scope, count in sorted(paper["scopes"].items()):
            name = count["file"]
            meta, projects, votes = read_pb(folder, name)
            refs = {row[0] for row in votes}
            fits = len(votes) == int(meta["num_votes"]) == count["n_ballots"] - count["n_blank"] == len(refs)
            report(fits, f"{name}: {len(votes)} ballots, each with a reference of its own")
            given = dict.fromkeys(projects, 0)
            strange = 0
            for row in votes:
                codes = row[1].split(",")
                strange += len(set(codes)) != len(codes) or not set(codes) <= set(projects)
                for code in codes:
                    if code in given:
                        given[code] += 1
            report(not strange, f"{name}: every ballot names projects of the paper, none twice")
            report(given == count["outcome"]["votes"], f"{name}: the votes add up to those of the result")
            if count["decides"]:
                again = subprocess.run(
                    [
                        sys.executable,
                        path_of(folder, "recount.py"),
                        path_of(folder, *name.split("/")),
                        *paper["recount"],
                    ],
                    capture_output=True,
                    text=True,
                )
                funded = again.stdout.split()
                report(funded == count["outcome"]["funded"], f"{name}: counted again, the same projects win")
        if not paper["is_of_an_area"] and "everybody" in paper["scopes"]:
            whole = paper["scopes"]["everybody"]["n_ballots"]
            report(whole == online_and_paper, f"paper {paper['number']}: as many ballots as were cast")


def check_rules(folder, results, report):
    text = read(folder, "rules.json")
    digest = hashlib.sha256(text).hexdigest()
    report(digest == results["rules_sha256"], "the rules are those with the hash " + digest)
    rules = json.loads(text)
    for paper in rules["papers"]:
        costs = {line["code"]: line["cost_minor"] for line in paper["projects"]}
        funded = {}
        for result in results["papers"]:
            if result["number"] == paper["number"]:
                for count in result["scopes"].values():
                    if count["decides"]:
                        funded = count["outcome"]["funded"]
        spent = sum(costs[code] for code in funded)
        words = f"paper {paper['number']}: what wins costs no more than its budget"
        report(spent <= paper["budget_minor"], words)


# One's own ballot.

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def read_code(text):
    signs = "".join(text.split()).replace("-", "").upper().translate(str.maketrans("OIL", "011"))
    number = 0
    for sign in signs:
        number = number << 5 | SIGNS.index(sign)
    return (number >> 1).to_bytes(13, "big")


def check_code(folder, results, code, report):
    slug = results["round"]
    try:
        key = read_code(code)
    except (ValueError, OverflowError):
        report(False, "this is a receipt code")
        return

    def derive(purpose):
        return hmac.new(key, (purpose + "|" + slug).encode(), "sha256").digest()

    log_ref, ballot_ref, nonce = derive("log").hex(), derive("ballot")[:16].hex(), derive("nonce")
    entry = None
    for row in entries(folder):
        if row["log_ref"] == log_ref and row["kind"] != WITHDRAW:
            entry = row
    if not report(entry is not None, "your code has an entry in the log"):
        return
    data = bytes.fromhex(entry["log_ref"] + entry["commitment"]) + entry["kind"].encode()
    is_withdrawn = leaf_hash(data) in withdrawals(folder)[0]
    if is_withdrawn:
        print(
            "      It was withdrawn before the close: its voter voted on paper, or left. If you did neither,"
        )
        print("      tell the authority.")
    if results["receipt_mode"] != "open":
        print("      In this round nobody can look up how a ballot was counted.")
        return
    choices, is_counted = {}, False
    for paper in results["papers"]:
        count = paper["scopes"].get("everybody") or next(iter(paper["scopes"].values()))
        meta, _, votes = read_pb(folder, count["file"])
        for row in votes:
            if row[0] == ballot_ref:
                is_counted = True
                codes = row[1].split(",")
                if meta["vote_type"] == "cumulative":
                    codes = [[code, int(points)] for code, points in zip(codes, row[2].split(","))]
                choices[str(paper["number"])] = codes
    if is_withdrawn:
        report(not is_counted, "your withdrawn ballot was not counted")
        return
    text = json.dumps(choices, ensure_ascii=False, separators=(",", ":"))
    head = "ballot-v1|{}|{}|".format(slug, results["rules_sha256"])
    fixed = hashlib.sha256(head.encode() + nonce + text.encode()).hexdigest()
    words = "your ballot was counted as you cast it: " + text
    if not report(fixed == entry["commitment"], words):
        print("      If you voted again later, that is as it should be: try the later code.")


def main(words):
    folder, earlier, code = ".", None, None
    while words:
        word = words.pop(0)
        if word == "--earlier" and words:
            earlier = words.pop(0)
        elif word == "--code" and words:
            code = words.pop(0)
        elif word.startswith("-"):
            sys.exit(__doc__)
        else:
            folder = word
    report = Report()
    results = json.loads(read(folder, "results.json"))
    check_sums(folder, report)
    check_rules(folder, results, report)
    check_log(folder, results, report, earlier)
    check_counts(folder, results, report)
    if code:
        check_code(folder, results, code, report)
    print("Something does not fit." if report.failed else "Everything fits.")
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
