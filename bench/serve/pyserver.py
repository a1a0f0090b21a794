"""The plain Python server that faceid serve is measured against: waitress, with as many threads as there are cores, runs the
pipeline of bench/pipeline/peer.py on every face and searches all of the gallery by one matrix product. Faces are looked for
down to the size that faceid serve finds: in a large photo by tiles, too.

Usage: pyserver.py PORT THREADS VECTORS.f32 DIM DETECTOR.onnx LANDMARKS.onnx EMBEDDER.onnx
POST a JPEG to any path; the answer is JSON, the five nearest of each face.
"""
import json
import logging
import os
import sys

import cv2
import numpy as np
import waitress

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pipeline"))
from peer import Peer, nms  # noqa: E402


def main():
    port, threads, dim = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[4])
    gallery = np.fromfile(sys.argv[3], np.float32).reshape(-1, dim)
    peer = Peer(sys.argv[5:8], True, threads)
    cv2.setNumThreads(1)

    def identify(body):
        img = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
        scores, boxes = peer.search(img)
        grey = cv2.cvtColor(img, cv2.COLOR_BGR2GRAY)
        faces = []
        for i in nms(boxes, scores, 0.3):
            found = gallery @ peer.vector(img, grey, boxes[i])
            best = np.argpartition(found, -5)[-5:]
            best = best[found[best].argsort()[::-1]]
            faces.append({"box": boxes[i].tolist(), "ids": best.tolist(), "scores": found[best].tolist()})
        return faces

    def app(env, start):
        body = env["wsgi.input"].read(int(env.get("CONTENT_LENGTH") or 0))
        out = json.dumps({"faces": identify(body) if body else []}).encode()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(out)))])
        return [out]

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    waitress.serve(app, host="127.0.0.1", port=port, threads=threads, connection_limit=1000, _quiet=True)


if __name__ == "__main__":
    main()
