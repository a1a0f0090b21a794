"""Every operation of Rekognition by an unmodified AWS command line: python awscli.py PHOTOS."""
import json
import os
import subprocess
import sys

photos = sys.argv[1]
photo = lambda name: f"fileb://{photos}/{name}.jpg"
aws = os.path.join(os.path.dirname(sys.executable), "aws")
C = ["--collection-id", "clients"]
done = []


def run(op, *args):
    return subprocess.run([aws, "rekognition", op, *args, "--output", "json"], capture_output=True, text=True)


def ok(op, *args):
    done.append(op)
    r = run(op, *args)
    assert r.returncode == 0, (op, r.stderr)
    return json.loads(r.stdout) if r.stdout.strip() else {}


def fails(kind, op, *args):
    r = run(op, *args)
    assert r.returncode != 0 and kind in r.stderr, (op, r)


fails("ResourceNotFoundException", "describe-collection", *C)
ok("create-collection", *C)
assert "clients" in ok("list-collections")["CollectionIds"]
ids = {}
for name, who in ("ada1", "ada"), ("ada2", "ada"), ("bob1", "bob"):
    r = ok("index-faces", *C, "--image-bytes", photo(name), "--external-image-id", who, "--max-faces", "1")
    ids.setdefault(who, []).append(r["FaceRecords"][0]["Face"]["FaceId"])
assert ok("describe-collection", *C)["FaceCount"] == 3
assert len(ok("list-faces", *C, "--page-size", "2")["Faces"]) == 3
r = ok("search-faces-by-image", *C, "--image-bytes", photo("ada3"), "--face-match-threshold", "90")
assert {m["Face"]["ExternalImageId"] for m in r["FaceMatches"]} == {"ada"}, r
fails("InvalidParameterException", "search-faces-by-image", *C, "--image-bytes", photo("none"))
r = ok("search-faces", *C, "--face-id", ids["ada"][0], "--face-match-threshold", "90")
assert [m["Face"]["FaceId"] for m in r["FaceMatches"]] == [ids["ada"][1]], r
pair = ["--source-image-bytes", photo("ada1"), "--target-image-bytes", photo("ada3"), "--similarity-threshold", "90"]
assert len(ok("compare-faces", *pair)["FaceMatches"]) == 1
assert len(ok("detect-faces", "--image-bytes", photo("ada1"))["FaceDetails"]) == 1
ok("create-user", *C, "--user-id", "u")
fails("ConflictException", "create-user", *C, "--user-id", "u")
assert len(ok("associate-faces", *C, "--user-id", "u", "--face-ids", *ids["ada"])["AssociatedFaces"]) == 2
assert [u["UserId"] for u in ok("list-users", *C)["Users"]] == ["u"]
threshold = ["--user-match-threshold", "90"]
for op, args in ("search-users-by-image", ["--image-bytes", photo("ada3")]), ("search-users", ["--face-id", ids["ada"][0]]):
    assert ok(op, *C, *args, *threshold)["UserMatches"][0]["User"]["UserId"] == "u"
ok("disassociate-faces", *C, "--user-id", "u", "--face-ids", ids["ada"][0])
ok("delete-user", *C, "--user-id", "u")
assert len(ok("delete-faces", *C, "--face-ids", *ids["ada"])["DeletedFaces"]) == 2
ok("delete-collection", *C)
print("\n".join(dict.fromkeys(done)))
