"""The peers of bench/gallery: answers one JSON object a line. Searches are timed here, without the transfer."""
import json, sys, time
import numpy as np


def rss():
    with open("/proc/self/status") as f:
        return next(int(l.split()[1]) * 1024 for l in f if l.startswith("VmRSS"))


state = {}


def load(data, probes, threads, peers):
    import faiss
    faiss.omp_set_num_threads(threads)
    x = np.load(data, mmap_mode="r")
    state.update(x=x, q=np.load(probes), threads=threads)
    before = rss()
    flat = faiss.IndexFlatIP(x.shape[1])
    step = 20000
    flat.reserve_memory(len(x)) if hasattr(flat, "reserve_memory") else None
    for i in range(0, len(x), step):
        flat.add(np.fromfile(data, np.float32, step * x.shape[1] if i + step <= len(x) else (len(x) - i) * x.shape[1],
                             offset=x.offset + i * x.shape[1] * 4).reshape(-1, x.shape[1]))
    state["faiss"] = flat
    out = {"faiss": faiss.__version__, "faiss_rss": rss() - before}
    if "usearch" in peers:
        import usearch
        out["usearch"] = usearch.__version__
    if "hnswlib" in peers:
        import hnswlib
        bf = hnswlib.BFIndex(space="ip", dim=x.shape[1])
        bf.init_index(max_elements=len(x))
        for i in range(0, len(x), step):
            bf.add_items(x[i:i + step], np.arange(i, min(i + step, len(x))))
        state["hnswlib"] = bf
        out["hnswlib"] = "0.8"
        try:
            from importlib.metadata import version
            out["hnswlib"] = version("hnswlib")
        except Exception:
            pass
    return out


def search(peer, at, n, k):
    q = state["q"][at:at + n]
    t = time.perf_counter()
    if peer == "faiss":
        scores, ids = state["faiss"].search(q, k)
    elif peer == "hnswlib":
        ids, scores = state["hnswlib"].knn_query(q, k)
        scores = 1 - scores
    else:
        from usearch.index import search as exact, MetricKind
        t = time.perf_counter()
        m = exact(state["x"], q, k, MetricKind.IP, exact=True, threads=state["threads"])
        ids, scores = m.keys, 1 - m.distances
    took = time.perf_counter() - t
    return {"ms": took * 1e3, "ids": np.asarray(ids).reshape(n, -1).tolist(), "scores": np.asarray(scores, np.float64).reshape(n, -1).tolist()}


for line in sys.stdin:
    cmd = json.loads(line)
    op = cmd.pop("op")
    print(json.dumps({"load": load, "search": search}[op](**cmd)), flush=True)
