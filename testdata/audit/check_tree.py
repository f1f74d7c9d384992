#!/usr/bin/env python3
"""Check a proof of `pgroundtrip verify -tree` (RFC 6962) with nothing else. Check the statements' signatures first.
    check_tree.py TREE STATEMENT            the tree is the one that the statement names
    check_tree.py TREE STATEMENT PAYLOAD    and it holds the event whose canonical payload is in this file
    check_tree.py TREE STATEMENT -e OLD     and it begins with all rows of the one that OLD, a statement, names
"""
import base64, hashlib, json, sys

def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def require(holds, otherwise): return holds or sys.exit("NOT PROVEN: " + otherwise)  # python -O leaves asserts out
def named(path):  # rows and root that a statement names
    lines = dict(line.split(" ", 1) for line in open(path, encoding="utf-8").read().strip("\n").split("\n"))
    return int(lines["chain-rows"]), bytes.fromhex(lines["chain-tree-root"])
def climb(position, last, hashes, roots):  # RFC 9162, 2.1.3.2 and 2.1.4.2: the same walk for one root and for two
    for h in map(base64.b64decode, hashes):
        require(last > 0, "the proof is too long")
        if position & 1 or position == last:
            roots = [sha(b"\1", h, r) for r in roots]
            while not position & 1 and position: position, last = position >> 1, last >> 1
        else:
            roots[-1] = sha(b"\1", roots[-1], h)
        position, last = position >> 1, last >> 1
    return roots if last == 0 else None

tree, (rows, root) = json.load(open(sys.argv[1], encoding="utf-8")), named(sys.argv[2])
require((tree["row_count"], tree["tree_root"]) == (rows, root.hex()), "the statement is about another tree")
if sys.argv[3:4] == ["-e"]:
    (old_rows, old_root), hashes = named(sys.argv[4]), tree["consistency"]["hashes"]
    require(0 < old_rows <= rows, "the earlier chain has no rows, or more")
    position, last, first = old_rows - 1, rows - 1, old_root
    if old_rows & (old_rows - 1) and hashes: first, hashes = base64.b64decode(hashes[0]), hashes[1:]
    while position & 1: position, last = position >> 1, last >> 1
    both = climb(position, last, hashes, [first] * 2) if old_rows < rows else [old_root] * 2
    require(both == [old_root, root], "the chain does not begin with the earlier one")
elif sys.argv[3:]:
    event, row_hash = tree["inclusion"], sha(open(sys.argv[3], "rb").read())
    require(event["row_hash"] == row_hash.hex() and 0 <= event["position"] < rows, "the proof is of another event")
    found = climb(event["position"], rows - 1, event["hashes"], [sha(b"\0", row_hash)])
    require(found == [root], "the event is not in the chain")
print("OK")
