"""PyTorch's side of the benchmark: the loop of package finetune, as a careful user writes it. It reads the features that ours
reads, keeps a fifth of the people out, trains W, b and the class weights under ArcFace with the settings of job.json, a sample of the classes
a step (Partial FC), and looks at the kept-out people after each epoch. The answer is one line of JSON."""
import json, math, struct, sys, time
import numpy as np
import torch
import torch.nn.functional as F

job = json.load(open(sys.argv[1] + "/job.json"))
c = job["config"]
torch.set_num_threads(job["threads"])
torch.manual_seed(c["seed"])


def load(path):
    raw = open(path, "rb").read()
    n = struct.unpack("<Q", raw[:8])[0]
    head = json.loads(raw[8:8 + n])
    types = {"F32": np.float32, "I64": np.int64}
    body = memoryview(raw)[8 + n:]
    out = {}
    for name, t in head.items():
        if name != "__metadata__":
            a, b = t["data_offsets"]
            out[name] = torch.from_numpy(np.frombuffer(body[a:b], types[t["dtype"]]).reshape(t["shape"]).copy())
    return out, head.get("__metadata__", {})


d, meta = load(sys.argv[1] + "/train.safetensors")
layer, _ = load(sys.argv[1] + "/layer.safetensors")
kinds = json.loads(meta["kinds"])
X, person, photo, kind = d["trunk"], d["person"], d["photo"], d["kind"]
began = time.perf_counter()

# People kept out: half of them choose the epoch, as ours do; the others would judge.
people = int(person.max()) + 1
order = torch.randperm(people)
out = order[:int(people * c["val_people"])]
kept = torch.zeros(people, dtype=torch.bool)
kept[out] = True
val = torch.zeros(people, dtype=torch.bool)
val[out[:len(out) // 2]] = True
rows = ~kept[person]
labels, y = torch.unique(person[rows], return_inverse=True)
x = X[rows]
views = {}
for name in kinds:
    if "/" not in name:
        m = val[person] & (kind == kinds.index(name))
        views[name] = (X[m], person[m], photo[m])

W0, b0 = layer["w"], layer["b"]
W, b = W0.clone().requires_grad_(), b0.clone().requires_grad_()
with torch.no_grad():
    H = torch.zeros(len(labels), job["d"]).index_add_(0, y, F.normalize(x @ W0.T + b0))
    clean = x[kind[rows] == kinds.index("clean")]
    sigma, mu = clean.T @ clean / len(clean), clean.mean(0)
    share = clean.shape[1] / (len(clean) + clean.shape[1])
    sigma = (1 - share) * sigma + share * sigma.trace() / len(sigma) * torch.eye(len(sigma))
    mu *= 1 - share
    keep = c["keep_clean"] / (clean @ W0.T + b0).square().sum(1).mean()
H = F.normalize(H)
velocity = torch.zeros_like(H)
classes = len(H)
sampled = min(classes, max(1000, classes // 10), 20000)
place = torch.zeros(classes, dtype=torch.long)
s, m = c["scale"], c["margin"]
opt = torch.optim.SGD([W, b], lr=c["lr"], momentum=c["momentum"], fused=True)
batch = min(c["batch_people"] * c["batch_views"], len(x))
per = (len(x) + batch - 1) // batch
steps = per * c["epochs"]
warm = int(c["warmup"] * steps)


@torch.no_grad()
def figures():
    """TAR at FAR 1e-2 and 1e-3 of each test kind against clean templates."""
    gx, gp, gph = views["clean"]
    g = F.normalize(gx @ W.T + b)
    res = {}
    for name, (vx, vp, vph) in views.items():
        scores = F.normalize(vx @ W.T + b) @ g.T
        same = vp[:, None] == gp[None]
        genuine = scores[same & (vph[:, None] != gph[None])]
        impostor = scores[~same]
        res[name] = []
        for far in (1e-2, 1e-3):
            k = int(far * len(impostor))
            threshold = torch.topk(impostor, k + 1).values[-1]
            res[name].append(float((genuine > threshold).float().mean()))
    return res


step = 0
figures()
for epoch in range(c["epochs"]):
    perm = torch.randperm(len(x))
    for i in range(per):
        j = perm[i * batch:(i + 1) * batch]
        f = (step + 1) / (warm + 1) if step < warm else (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2
        opt.param_groups[0]["lr"] = c["lr"] * f
        step += 1
        yj, Hs = y[j], H
        if sampled < classes:
            lot = torch.rand(classes)
            lot[yj] = 2
            chosen = torch.topk(lot, sampled, sorted=False).indices
            place[chosen] = torch.arange(sampled)
            yj, Hs = place[yj], H[chosen]
        Hs.requires_grad_()
        e = F.linear(x[j], W, b)
        logits = F.linear(F.normalize(e), F.normalize(Hs))
        at = torch.arange(len(j))
        cos = logits[at, yj].clamp(-1 + 1e-7, 1 - 1e-7)
        theta = torch.acos(cos)
        logits[at, yj] = torch.where(theta > math.pi - m, cos - m * math.sin(m), torch.cos(theta + m))
        loss = F.cross_entropy(logits.mul_(s), yj)
        if c["keep_near"] > 0:
            loss = loss + c["keep_near"] * (W - W0).square().sum()
        if c["keep_clean"] > 0:
            dw, db = W - W0, b - b0
            loss = loss + keep * (((dw @ sigma) * dw).sum() + 2 * (db @ (dw @ mu)) + db @ db)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        with torch.no_grad():
            if sampled < classes:
                v = velocity[chosen].mul_(c["momentum"]).add_(Hs.grad)
                velocity[chosen] = v
                H.index_add_(0, chosen, v, alpha=-c["head_lr"] * f)
            else:
                velocity.mul_(c["momentum"]).add_(H.grad)
                H.sub_(velocity, alpha=c["head_lr"] * f)
                H.grad = None
    last = figures()
print(json.dumps({"loop_s": time.perf_counter() - began, "lowres_tar_1e2": last["lowres"][0], "version": torch.__version__}))
