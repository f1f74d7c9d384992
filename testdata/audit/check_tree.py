#!/usr/bin/env python3
"""Check a proof of `pgroundtrip verify -tree` (RFC 6962) without pgroundtrip, and without seeing any other row.

    check_tree.py TREE STATEMENT            the tree is the one that the statement names
    check_tree.py TREE STATEMENT PAYLOAD    and it holds the event with this canonical payload
    check_tree.py TREE STATEMENT -e OLD     and it begins with all rows of the one that OLD, a statement, names
Check the signatures of the statements first.
"""
import base64, hashlib, json, sys

def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def leaf(row_hash): return sha(b"\0", row_hash)
def node(left, right): return sha(b"\1", left, right)

def named(path):  # rows and root that a statement names
    lines = dict(line.split(" ", 1) for line in open(path, encoding="utf-8").read().splitlines())
    return int(lines["chain-rows"]), bytes.fromhex(lines["chain-tree-root"])

def climb(position, last, hashes, roots):  # RFC 9162, 2.1.3.2 and 2.1.4.2: the same walk for one root and for two
    for h in hashes:
        assert last > 0, "the proof is too long"
        if position & 1 or position == last:
            roots = [node(h, r) for r in roots]
            while not position & 1 and position: position, last = position >> 1, last >> 1
        else:
            roots[-1] = node(roots[-1], h)
        position, last = position >> 1, last >> 1
    assert last == 0, "the proof is too short"
    return roots

tree, (rows, root) = json.load(open(sys.argv[1], encoding="utf-8")), named(sys.argv[2])
assert (tree["row_count"], tree["tree_root"]) == (rows, root.hex()), "the statement is about another tree"
if sys.argv[3:4] == ["-e"]:
    old_rows, old_root = named(sys.argv[4])
    hashes = [base64.b64decode(h) for h in tree["consistency"]["hashes"]]
    assert 0 < old_rows <= rows, "the earlier chain has no rows, or more"
    if old_rows & (old_rows - 1) == 0: hashes.insert(0, old_root)
    position, last = old_rows - 1, rows - 1
    while position & 1: position, last = position >> 1, last >> 1
    both = climb(position, last, hashes[1:], [hashes[0], hashes[0]]) if old_rows < rows else [old_root, old_root]
    assert both == [old_root, root], "the chain does not begin with the earlier one"
elif sys.argv[3:]:
    event, row_hash = tree["inclusion"], sha(open(sys.argv[3], "rb").read())
    assert event["row_hash"] == row_hash.hex(), "the proof is of another event"
    hashes = [base64.b64decode(h) for h in event["hashes"]]
    assert climb(event["position"], rows - 1, hashes, [leaf(row_hash)]) == [root], "the event is not in the chain"
print("OK")
