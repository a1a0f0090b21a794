"""The straightforward Python pipeline that the Go one is measured against: OpenCV decodes, resizes and warps, ONNX Runtime runs
the same three models, one photo after the other.

Usage: peer.py DETECTOR.onnx LANDMARKS.onnx EMBEDDER.onnx MIRROR(0|1) THREADS [tiles]
Reads paths, one a line; an empty line ends a batch. Answers each batch with "SECONDS FACES CHECKSUM".
THREADS 0 leaves ONNX Runtime's defaults (one photo at a time on all cores); above 0 that many photos are analysed at once
by threads, each with one-thread sessions. The benchmark takes the faster of the two. With "tiles" every face is embedded, and looked for
in overlapping tiles as well, in which one of 40 pixels is as large as the detector needs it, eight in a run (its batch is free).
"""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import onnxruntime as ort

TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])


def similarity(src):
    """The least-squares similarity from five points to the template, as a 2 x 3 matrix."""
    ms, md = src.mean(0), TEMPLATE.mean(0)
    p, q = src - ms, TEMPLATE - md
    n = (p * p).sum()
    a = (p * q).sum() / n
    b = (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum() / n
    r = np.array([[a, -b], [b, a]])
    return np.hstack([r, (md - r @ ms)[:, None]])


def nms(boxes, scores, limit):
    order, kept = scores.argsort()[::-1], []
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while len(order):
        i, order = order[0], order[1:]
        kept.append(i)
        lo = np.maximum(boxes[i, :2], boxes[order, :2])
        hi = np.minimum(boxes[i, 2:], boxes[order, 2:])
        inter = np.prod(np.clip(hi - lo, 0, None), axis=1)
        order = order[inter / (area[i] + area[order] - inter) <= limit]
    return kept


class Peer:
    def __init__(self, models, mirror, threads):
        o = ort.SessionOptions()
        o.log_severity_level = 3
        if threads:
            o.intra_op_num_threads = 1
        self.detector, self.landmarks, self.embedder = (
            ort.InferenceSession(m, o, providers=["CPUExecutionProvider"]) for m in models)
        self.mirror = mirror

    def look(self, img):
        """The scores and boxes in one picture."""
        return self.looks([img])[0]

    def looks(self, parts):
        """The scores and boxes in each of the pictures, by one run of the detector."""
        x = np.stack([cv2.cvtColor(cv2.resize(p, (320, 240)), cv2.COLOR_BGR2RGB) for p in parts]).astype(np.float32)
        x = ((x - 127) / 128).transpose(0, 3, 1, 2)
        found = []
        for p, scores, boxes in zip(parts, *self.detector.run(None, {"input": x})):
            h, w = p.shape[:2]
            ok = scores[:, 1] >= 0.7
            found.append((scores[ok, 1], boxes[ok] * [w, h, w, h]))
        return found

    def embed(self, img, grey, box):
        return float(self.vector(img, grey, box)[0])

    def vector(self, img, grey, box):
        x0, y0, x1, y1 = box
        m = np.array([[64 / (x1 - x0), 0, -x0 * 64 / (x1 - x0)], [0, 64 / (y1 - y0), -y0 * 64 / (y1 - y0)]])
        face = cv2.warpAffine(grey, m, (64, 64)).astype(np.float32) / 256
        p = self.landmarks.run(None, {"input": face[None, None]})[0].reshape(68, 2) * [x1 - x0, y1 - y0] + [x0, y0]
        five = np.array([p[36:42].mean(0), p[42:48].mean(0), p[30], p[48], p[54]])
        crop = cv2.warpAffine(img, similarity(five), (112, 112))
        e = 0
        for c in [crop, crop[:, ::-1]] if self.mirror else [crop]:
            t = ((c.astype(np.float32) - 127.5) / 127.5).transpose(2, 0, 1)[None]
            e = e + self.embedder.run(None, {"input": np.ascontiguousarray(t)})[0][0]
        return e / np.linalg.norm(e)

    def photo(self, path):
        img = cv2.imread(path)
        h, w = img.shape[:2]
        scores, boxes = self.look(img)
        kept = nms(boxes, scores, 0.3)
        if not kept:
            return 0, 0.0
        # One face a photo, the central one, as in the Go run.
        box = min((boxes[i] for i in kept), key=lambda b: np.hypot(b[0] + b[2] - w, b[1] + b[3] - h))
        return 1, self.embed(img, cv2.cvtColor(img, cv2.COLOR_BGR2GRAY), box)

    def search(self, img):
        """The scores and boxes in a picture and in its tiles; one smaller than a tile is looked at as a whole."""
        h, w = img.shape[:2]
        # At 14 pixels of its input the detector sees a face. The tiles overlap by the smallest face that the whole photo shows.
        tw, th, o = int(320 * 40 / 14), int(240 * 40 / 14), int(w * 14 / 320)
        found = [self.look(img)]
        if w <= tw and h <= th:
            return found[0]
        tw, th = min(tw, w), min(th, h)
        at = [(x, y) for y in np.linspace(0, h - th, int(np.ceil((h - o) / (th - o)))).astype(int)
              for x in np.linspace(0, w - tw, int(np.ceil((w - o) / (tw - o)))).astype(int)]
        for i in range(0, len(at), 8):
            for (x, y), (s, b) in zip(at[i:i + 8], self.looks([img[y:y + th, x:x + tw] for x, y in at[i:i + 8]])):
                cut = ((b[:, 0] < 5) & (x > 0)) | ((b[:, 1] < 5) & (y > 0)) \
                    | ((b[:, 2] > tw - 5) & (x < w - tw)) | ((b[:, 3] > th - 5) & (y < h - th))
                found.append((s[~cut], b[~cut] + [x, y, x, y]))
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])

    def tiled(self, path):
        img = cv2.imread(path)
        scores, boxes = self.search(img)
        grey = cv2.cvtColor(img, cv2.COLOR_BGR2GRAY)
        e = [self.embed(img, grey, boxes[i]) for i in nms(boxes, scores, 0.3)]
        return len(e), sum(e)


def main():
    threads = int(sys.argv[5])
    peer = Peer(sys.argv[1:4], sys.argv[4] == "1", threads)
    if threads:
        cv2.setNumThreads(1)
    photo = peer.tiled if sys.argv[6:] == ["tiles"] else peer.photo
    pool = ThreadPoolExecutor(threads) if threads else None
    print("ready opencv", cv2.__version__, "onnxruntime", ort.__version__, flush=True)
    batch = []
    for line in sys.stdin:
        line = line.rstrip("\n")
        if line:
            batch.append(line)
            continue
        start = time.perf_counter()
        results = list(pool.map(photo, batch)) if pool else [photo(p) for p in batch]
        print(time.perf_counter() - start, sum(r[0] for r in results), sum(r[1] for r in results), flush=True)
        batch = []


if __name__ == "__main__":
    main()
