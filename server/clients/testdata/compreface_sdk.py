"""CompreFace by an unmodified compreface-sdk, errors included: python compreface_sdk.py PHOTOS HOST PORT KEY."""
import sys
from compreface import CompreFace

photos, host, port, key = sys.argv[1:]
photo = lambda name: f"{photos}/{name}.jpg"
cf = CompreFace(f"http://{host}", port, {"limit": 0, "det_prob_threshold": 0.5, "status": "true"})
rec = cf.init_face_recognition(key)
faces, subjects = rec.get_face_collection(), rec.get_subjects()
done = []


def ok(name, v):
    done.append(name)
    assert "code" not in v, (name, v)
    return v


ok("delete all subjects", subjects.delete_all())
assert ok("list subjects", subjects.list()) == {"subjects": []}
assert ok("add subject", subjects.add("Ada")) == {"subject": "Ada"}
assert subjects.add("Ada")["code"] == 43
for who, name in ("ada", "Ada"), ("bob", "Bob Lee"):
    for n in 1, 2:
        r = ok("add face", faces.add(photo(f"{who}{n}"), name))
        assert r["subject"] == name, r
assert faces.add(photo("none"), "Ada")["code"] == 28
listed = ok("list faces", faces.list())["faces"]
assert len(listed) == 4, listed
for who, want in ("ada", "Ada"), ("bob", "Bob Lee"), ("eve", None):
    r = ok("recognize", rec.recognize(photo(f"{who}3"), {"status": "true", "prediction_count": 1, "face_plugins": "calculator,age,gender,landmarks"}))
    best = r["result"][0]["subjects"][0]
    assert (best["subject"] if best["similarity"] >= 0.6 else None) == want, (who, best)
    assert len(r["result"][0]["embedding"]) == 512 and "plugins_versions" in r
assert rec.recognize(photo("none"))["code"] == 28
r = ok("verify face", faces.verify(photo("ada3"), listed[0]["image_id"]))
assert r["result"][0]["similarity"] >= 0.6, r
assert ok("rename subject", subjects.update("Ada", "Ada King")) == {"updated": True}
assert subjects.update("Ada", "x")["code"] == 42
assert ok("delete face", faces.delete(listed[0]["image_id"]))["subject"] == "Ada King"
assert faces.delete(listed[0]["image_id"])["code"] == 44
assert ok("delete faces of a subject", faces.delete_all("Ada King")) == {"deleted": 1}
assert ok("delete subject", subjects.delete("Ada King")) == {"subject": "Ada King"}
assert ok("delete all faces", faces.delete_all("")) == {"deleted": 2}

ver = cf.init_face_verification(key)
same = ok("verify", ver.verify(photo("ada1"), photo("ada3")))["result"][0]["face_matches"][0]["similarity"]
other = ver.verify(photo("ada1"), photo("bob3"))["result"][0]["face_matches"][0]["similarity"]
assert same >= 0.6 > other, (same, other)
det = cf.init_face_detection(key)
r = ok("detect", det.detect(photo("ada1")))
assert len(r["result"]) == 1 and isinstance(r["result"][0]["box"]["x_min"], int), r
bad = CompreFace(f"http://{host}", port).init_face_detection("00000000-0000-0000-0000-000000000000")
assert bad.detect(photo("ada1"))["code"] == 10
print("\n".join(dict.fromkeys(done)))
