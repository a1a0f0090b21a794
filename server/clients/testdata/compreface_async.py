"""CompreFace by an unmodified compreface-sdk-python, its blocking and its async half, errors included:
python compreface_async.py PHOTOS HOST PORT KEY."""
import asyncio
import base64
import sys
import tempfile
from compare.core.compare_face import CompareFace

photos, host, port, key = sys.argv[1:]
photo = lambda name: f"{photos}/{name}.jpg"
b64 = lambda name: base64.b64encode(open(photo(name), "rb").read()).decode()
cf = CompareFace(f"http://{host}", port)
done = []


def ok(name, v):
    done.append(name)
    assert "code" not in v, (name, v)
    return v


rec = cf.init_recognition_service(key)
ok("delete all subjects", rec.delete_all_subjects())
assert ok("add subject", rec.add_a_subject("Ada")) == {"subject": "Ada"}
assert rec.add_a_subject("Ada")["code"] == 43
a = [ok("add face", rec.add_a_img("Ada", photo("ada1"))), ok("add face by base64", rec.add_a_img_by_64("Ada", b64("ada2")))]
b = ok("add face", rec.add_a_img("Bob Lee", photo("bob1")))
assert rec.add_a_img_by_64("Ada", "!")["code"] == 21
listed = ok("list faces", rec.list_saved_img_subject(subject="Ada"))
assert [f["image_id"] for f in listed["faces"]] == [f["image_id"] for f in a], listed
for r in ok("recognize", rec.recognize(photo("ada3"))), ok("recognize by base64", rec.recognize_by_64(b64("ada3"), status=True)):
    best = r["result"][0]["subjects"][0]
    assert best["subject"] == "Ada" and best["similarity"] >= 0.6, r
assert ok("verify face", rec.verify(photo("ada3"), a[0]["image_id"]))["result"][0]["similarity"] >= 0.6
assert ok("verify face by base64", rec.verify_by_64(b64("bob2"), a[0]["image_id"]))["result"][0]["similarity"] < 0.6
for get, face, name in (rec.download_a_img, a[0], "ada1"), (rec.direct_download_img, a[1], "ada2"):
    with tempfile.NamedTemporaryFile() as f:
        get(face["image_id"], f.name)
        assert f.read() == open(photo(name), "rb").read(), get
done += ["download", "static picture"]
assert ok("rename subject", rec.rename_a_subject("Ada", "Ada King")) == {"updated": True}
gone = rec.delete_multiple_img([a[0]["image_id"], "x"])
assert [g["image_id"] for g in gone] == [a[0]["image_id"]], gone
done.append("delete several faces")
assert ok("delete face", rec.delete_a_img(b["image_id"]))["subject"] == "Bob Lee"
assert rec.delete_a_img(b["image_id"])["code"] == 44
assert ok("delete faces of a subject", rec.delete_saved_img_by_subject("Ada King")) == {"deleted": 1}
assert ok("delete subject", rec.delete_a_subject("Bob Lee")) == {"subject": "Bob Lee"}
assert ok("list subjects", rec.list_all_subjects()) == {"subjects": ["Ada King"]}


async def later():
    r = cf.init_async_recognition_service(key)
    ok("add face, async", await r.add_a_img("Ada King", photo("ada1")))
    got = ok("recognize, async", await r.recognize(photo("ada3")))
    assert got["result"][0]["subjects"][0]["similarity"] >= 0.6, got
    v = cf.init_async_verify_service(key)
    got = ok("verify, async", await v.verify(photo("ada1"), photo("ada3")))
    assert got["result"][0]["face_matches"][0]["similarity"] >= 0.6, got
    got = ok("verify by base64, async", await v.verify_by_64(b64("ada1"), b64("bob1")))
    assert got["result"][0]["face_matches"][0]["similarity"] < 0.6, got
    d = cf.init_async_detect_service(key)
    assert len(ok("detect, async", await d.detect(photo("ada1")))["result"]) == 1
    assert (await d.detect_by_64(b64("none")))["code"] == 28


asyncio.run(later())
print("\n".join(dict.fromkeys(done)))
