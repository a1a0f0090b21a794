"""Writes what OpenCV and numpy see in the sample photos, for the parity test of package embed.

    python3 testdata/photos/reference.py FOLDER > testdata/photos/samples.json

FOLDER holds fr_detect.onnx, fr_landmark.onnx, fr_feature.onnx and sample1.jpg … sample6.jpg, as `make setup` leaves them in the
cache. Of each face only its place and its cosines with the others are written: an embedding is biometric data, and stays here.
"""
import json
import os
import sys

import cv2
import numpy as np

TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
folder = sys.argv[1]
detect, landmark, feature = (cv2.dnn.readNetFromONNX(os.path.join(folder, f))
                             for f in ("fr_detect.onnx", "fr_landmark.onnx", "fr_feature.onnx"))


def planes(m):
    """One image, channels last, as a tensor."""
    return np.ascontiguousarray(m.astype(np.float32).transpose(2, 0, 1)[None])


def faces(rgb, how):
    """Boxes and scores by UltraFace on the picture stretched to 320 × 240."""
    h, w = rgb.shape[:2]
    detect.setInput(planes((cv2.resize(rgb, (320, 240), interpolation=how).astype(np.float32) - 127) / 128))
    scores, boxes = detect.forward(["scores", "boxes"])
    scores, boxes = scores.reshape(-1, 2)[:, 1], boxes.reshape(-1, 4) * [w, h, w, h]
    good = np.flatnonzero(scores >= 0.7)
    good = good[np.argsort(-scores[good], kind="stable")]
    kept = []
    for i in good:
        if all(iou(boxes[i], boxes[j]) <= 0.3 for j in kept):
            kept.append(i)
    return [(boxes[i], float(scores[i])) for i in kept]


def iou(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def points(rgb, box):
    """Five points from the 68 of the landmark model, on the box stretched to 64 × 64 in grey."""
    gray = cv2.cvtColor(rgb.astype(np.float32), cv2.COLOR_RGB2GRAY)
    size = np.array([box[2] - box[0], box[3] - box[1]])
    back = np.array([[size[0] / 64, 0, box[0]], [0, size[1] / 64, box[1]]])
    crop = cv2.warpAffine(gray, back, (64, 64), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    landmark.setInput((crop / 256)[None, None].astype(np.float32))
    p = box[:2] + landmark.forward().reshape(68, 2) * size
    return np.stack([p[36:42].mean(0), p[42:48].mean(0), p[30], p[48], p[54]])


def align(rgb, p):
    """The 112 × 112 crop by the least-squares similarity from the points to the template (Umeyama, 1991)."""
    mp, mt = p.mean(0), TEMPLATE.mean(0)
    a, b = p - mp, TEMPLATE - mt
    u, s, v = np.linalg.svd(b.T @ a / 5)
    d = np.diag([1, np.sign(np.linalg.det(u @ v))])
    r = u @ d @ v * (np.trace(np.diag(s) @ d) / (a ** 2).sum() * 5)
    return cv2.warpAffine(rgb.astype(np.float32), np.hstack([r, (mt - r @ mp)[:, None]]), (112, 112), flags=cv2.INTER_LINEAR)


out, embeddings = [], []
for k in range(1, 7):
    name = "sample%d.jpg" % k
    rgb = cv2.cvtColor(cv2.imread(os.path.join(folder, name)), cv2.COLOR_BGR2RGB)
    h, w = rgb.shape[:2]
    for box, _ in faces(rgb, cv2.INTER_AREA):
        # A window of 640 × 480 is shrunk by two exactly, which everybody does alike.
        x, y = (int(np.clip((box[i] + box[i + 2]) / 2 - s / 2, 0, n - s)) for i, s, n in ((0, 640, w), (1, 480, h)))
        part = rgb[y:y + 480, x:x + 640]
        found = faces(part, cv2.INTER_LINEAR)
        if not found:
            continue
        box, score = max(found, key=lambda f: iou(f[0], box - [x, y, x, y]))
        p = points(part, box)
        feature.setInput(planes((align(part, p)[:, :, ::-1] - 127.5) / 127.5))  # the model wants BGR
        e = feature.forward().reshape(-1).astype(np.float64)
        embeddings.append(e / np.linalg.norm(e))
        out.append({"photo": name, "window": [x, y], "box": box.round(2).tolist(), "score": round(score, 4),
                    "points": p.round(2).tolist(), "norm": round(float(np.linalg.norm(e)), 3)})
e = np.stack(embeddings)
json.dump({"made_by": "OpenCV %s, numpy %s" % (cv2.__version__, np.__version__), "faces": out,
           "cosines": (e @ e.T).round(4).tolist()}, sys.stdout)
print()
