"""PyTorch's side of the benchmark: reads one command a line, answers one line.

  arcface C     make inputs: batch 512, d = 512, C classes     -> ok
  sgemm M N K   make matrices                                  -> ok
  step          run once                                       -> seconds
  rss           peak resident memory of the process so far     -> bytes
"""
import math, resource, sys, time
import torch
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)
S, M = 64.0, 0.5


def arcface(X, W, y):
    """Forward and backward, as a careful user writes it: the margin on the n targets only and in place, the scale on
    the n x d side, no copy of the n x c logits that autograd does not need."""
    X.grad = W.grad = None
    logits = F.linear(F.normalize(X), F.normalize(W))
    rows = torch.arange(len(y))
    cos = logits[rows, y].clamp(-1 + 1e-7, 1 - 1e-7)
    theta = torch.acos(cos)
    far = theta > math.pi - M
    logits[rows, y] = torch.where(far, cos - M * math.sin(M), torch.cos(theta + M))
    loss = F.cross_entropy(logits.mul_(S), y)
    loss.backward()
    return float(loss.detach())


def max_rss():
    """Linux: VmHWM, because ru_maxrss is inherited from the process that started this one."""
    try:
        with open("/proc/self/status") as f:
            return next(int(l.split()[1]) * 1024 for l in f if l.startswith("VmHWM:"))
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main():
    run = None
    print("ready", torch.__version__, torch.get_num_threads(), flush=True)
    for line in sys.stdin:
        cmd, *args = line.split()
        if cmd == "arcface":
            run = None
            c = int(args[0])
            X = torch.randn(512, 512).requires_grad_()
            W = torch.randn(c, 512).requires_grad_()
            y = torch.randint(0, c, (512,))
            run = lambda: arcface(X, W, y)
            print("ok", flush=True)
        elif cmd == "sgemm":
            m, n, k = map(int, args)
            a, b, out = torch.randn(m, k), torch.randn(k, n), torch.empty(m, n)
            run = lambda: torch.mm(a, b, out=out)
            print("ok", flush=True)
        elif cmd == "step":
            t = time.perf_counter()
            run()
            print(time.perf_counter() - t, flush=True)
        elif cmd == "rss":
            print(max_rss(), flush=True)


main()
