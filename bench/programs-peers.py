"""What Python libraries take for the work of programs.bench.ts, of those that are installed.

Prints a row of the benchmark as JSON for each, and on stderr what is missing. Threads: two of numba,
whatever JAX and PyTorch take of two cores (OMP_NUM_THREADS=2).
"""
import json
import os
import time

from libraries import library, named

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("NUMBA_NUM_THREADS", "2")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

np, numba, jax, torch, torch_struct = map(library, ["numpy", "numba", "jax", "torch", "torch_struct"])


def row(work, size, by, run):
    """Best and median of the repeats, after a first call that compiles."""
    run()
    times = []
    while len(times) < 3 or (sum(times) < 1 and len(times) < 100):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    times.sort()
    best, median = times[0] * 1000, times[len(times) // 2] * 1000
    print(json.dumps(dict(
        work=f"{work} negentropy, value + gradient", size=size, by=by, threads=2,
        bestMilliseconds=best, medianMilliseconds=median, repeats=len(times))))


CTC, SEMI, ALIGN, DTW = (32, 200, 64, 40), (8, 200, 16, 20), (8, 500, 500), (16, 200, 200, 8)
CTC_SIZE, SEMI_SIZE = "B=32 T=200 C=64 L=40", "B=8 T=200 S=16 D=20"
ALIGN_SIZE, DTW_SIZE = "B=8 500×500", "B=16 200×200 d=8"


def with_numba():
    from numba import njit, prange
    from math import exp, inf, log, log1p

    @njit(fastmath=False)
    def add(a, b):
        top = max(a, b)
        return top if top == -inf else top + log1p(exp(min(a, b) - top))

    @njit(parallel=True)
    def ctc(theta, labels):
        batch, frames, _ = theta.shape
        n = 2 * labels.shape[1] + 1
        values, gradient = np.zeros(batch), np.zeros_like(theta)
        for b in prange(batch):
            own = np.zeros(n, np.int64)
            own[1::2] = labels[b]
            alpha, beta = np.full((frames, n), -inf), np.full((frames, n), -inf)
            alpha[0, 0], alpha[0, 1] = theta[b, 0, 0], theta[b, 0, own[1]]
            for t in range(1, frames):
                for s in range(n):
                    x = alpha[t - 1, s]
                    if s > 0:
                        x = add(x, alpha[t - 1, s - 1])
                    if s > 1 and own[s] != own[s - 2]:
                        x = add(x, alpha[t - 1, s - 2])
                    alpha[t, s] = x + theta[b, t, own[s]]
            beta[frames - 1, n - 2:] = 0
            for t in range(frames - 2, -1, -1):
                for s in range(n):
                    x = beta[t + 1, s] + theta[b, t + 1, own[s]]
                    if s + 1 < n:
                        x = add(x, beta[t + 1, s + 1] + theta[b, t + 1, own[s + 1]])
                    if s + 2 < n and own[s + 2] != own[s]:
                        x = add(x, beta[t + 1, s + 2] + theta[b, t + 1, own[s + 2]])
                    beta[t, s] = x
            total = add(alpha[frames - 1, n - 1], alpha[frames - 1, n - 2])
            values[b] = total
            for t in range(frames):
                for s in range(n):
                    gradient[b, t, own[s]] += exp(alpha[t, s] + beta[t, s] - total)
        return values, gradient

    @njit(parallel=True)
    def align(match, opening, extending, local):
        batch, rows, cols = match.shape
        values, gradient = np.zeros(batch), np.zeros_like(match)
        for b in prange(batch):
            m, x, y = np.full((3, rows + 1, cols + 1), -inf)
            mo, xo, yo = np.full((3, rows + 2, cols + 2), -inf)
            total = -inf
            if not local:
                m[0, 0] = 0
            for i in range(rows + 1):
                for j in range(cols + 1):
                    if i > 0 and j > 0:
                        before = add(add(m[i-1, j-1], x[i-1, j-1]), y[i-1, j-1])
                        m[i, j] = add(0.0 if local else -inf, before) + match[b, i-1, j-1]
                        if local:
                            total = add(total, m[i, j])
                    if i > 0:
                        x[i, j] = add(m[i-1, j] + opening, x[i-1, j] + extending)
                    if j > 0:
                        y[i, j] = add(add(m[i, j-1], x[i, j-1]) + opening, y[i, j-1] + extending)
            if not local:
                total = add(add(m[rows, cols], x[rows, cols]), y[rows, cols])
            values[b] = total
            for i in range(rows, -1, -1):
                for j in range(cols, -1, -1):
                    pair = mo[i+1, j+1] + match[b, i, j] if i < rows and j < cols else -inf
                    gaps = add(pair, yo[i, j+1] + opening)
                    last = i == rows and j == cols
                    ends = 0.0 if (local and i > 0 and j > 0) or (last and not local) else -inf
                    stop = 0.0 if last and not local else -inf
                    mo[i, j] = add(add(gaps, xo[i+1, j] + opening), ends)
                    xo[i, j] = add(add(gaps, xo[i+1, j] + extending), stop)
                    yo[i, j] = add(add(pair, yo[i, j+1] + extending), stop)
                    if i > 0 and j > 0:
                        gradient[b, i-1, j-1] = exp(m[i, j] + mo[i, j] - total)
        return values, gradient

    @njit(parallel=True)
    def soft_dtw(a, b):
        batch, rows, depth = a.shape
        cols = b.shape[1]
        values, by_a, by_b = np.zeros(batch), np.zeros_like(a), np.zeros_like(b)
        for n in prange(batch):
            cost, mass = np.zeros((rows + 2, cols + 2)), np.zeros((rows + 2, cols + 2))
            sums = np.full((rows + 2, cols + 2), inf)
            sums[0, 0] = 0
            for i in range(1, rows + 1):
                for j in range(1, cols + 1):
                    for k in range(depth):
                        cost[i, j] += (a[n, i-1, k] - b[n, j-1, k]) ** 2
                    d, u, l = sums[i-1, j-1], sums[i-1, j], sums[i, j-1]
                    least = min(d, min(u, l))
                    sums[i, j] = cost[i, j] + least - log(
                        exp(least - d) + exp(least - u) + exp(least - l))
            values[n] = sums[rows, cols]
            mass[rows, cols] = 1
            for i in range(rows, 0, -1):
                for j in range(cols, 0, -1):
                    for di, dj in ((1, 1), (1, 0), (0, 1)):
                        if i + di <= rows and j + dj <= cols:
                            mass[i, j] += mass[i+di, j+dj] * exp(
                                sums[i+di, j+dj] - cost[i+di, j+dj] - sums[i, j])
                    for k in range(depth):
                        slope = 2 * mass[i, j] * (a[n, i-1, k] - b[n, j-1, k])
                        by_a[n, i-1, k] += slope
                        by_b[n, j-1, k] -= slope
        return values, by_a, by_b

    random = np.random.default_rng(1)
    theta = random.uniform(-2, 2, CTC[:3]).astype(np.float32)
    labels = random.integers(1, CTC[2], (CTC[0], CTC[3]))
    row("CTC", CTC_SIZE, named(numba), lambda: ctc(theta, labels))
    match = random.uniform(-2, 2, ALIGN).astype(np.float32)
    for mode in ("global", "local"):
        row(f"{mode} alignment", ALIGN_SIZE, named(numba), lambda: align(match, -2.0, -0.5, mode == "local"))
    x = random.uniform(-1, 1, (DTW[0], DTW[1], DTW[3])).astype(np.float32)
    y = random.uniform(-1, 1, (DTW[0], DTW[2], DTW[3])).astype(np.float32)
    pairs = ((x, y), (x, x), (y, y))
    row("DTW divergence", DTW_SIZE, named(numba, ", three soft-DTW"), lambda: [soft_dtw(a, b) for a, b in pairs])


def with_jax():
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp

    random = np.random.default_rng(1)
    batch, frames, classes, length = CTC
    labels = random.integers(1, classes, (batch, length))
    own = np.zeros((batch, 2 * length + 1), np.int32)
    own[:, 1::2] = labels
    skip = np.zeros(own.shape, bool)
    skip[:, 2:] = own[:, 2:] != own[:, :-2]

    def ctc(theta):
        scores = jnp.take_along_axis(theta, jnp.broadcast_to(own[:, None], (batch, frames, own.shape[1])), 2)
        first = jnp.where(jnp.arange(own.shape[1]) < 2, scores[:, 0], -1e30)

        def step(alpha, score):
            before = jnp.pad(alpha, ((0, 0), (2, 0)), constant_values=-1e30)
            over = jnp.where(skip, before[:, :-2], -1e30)
            return logsumexp(jnp.stack([alpha, before[:, 1:-1], over]), 0) + score, None

        alpha, _ = jax.lax.scan(step, first, scores[:, 1:].swapaxes(0, 1))
        return jnp.logaddexp(alpha[:, -1], alpha[:, -2]).sum()

    theta = jnp.asarray(random.uniform(-2, 2, CTC[:3]), jnp.float32)
    run = jax.jit(jax.value_and_grad(ctc))
    row("CTC", CTC_SIZE, named(jax, ", scan"), lambda: jax.block_until_ready(run(theta)))

    batch, positions, states, most = SEMI

    def semi(segment, transition):
        # Row d − 1 holds, by state, what begins d positions before.
        held = jnp.full((most, batch, states), -1e30).at[0].set(0)

        def step(held, scores):
            ends = logsumexp(held + scores, 0)
            begins = logsumexp(ends[:, None] + transition, 2)
            return jnp.concatenate([begins[None], held[:-1]]), ends

        p, d = np.mgrid[1 : positions + 1, 1 : most + 1]
        scores = segment[:, np.maximum(p - d, 0), d - 1].transpose(1, 2, 0, 3)
        _, ends = jax.lax.scan(step, held, scores)
        return logsumexp(ends[-1], 1).sum()

    segment = jnp.asarray(random.uniform(-2, 2, (batch, positions, most, states)), jnp.float32)
    transition = jnp.asarray(random.uniform(-2, 2, (states, states)), jnp.float32)
    run_semi = jax.jit(jax.value_and_grad(semi, (0, 1)))
    row("semi-Markov", SEMI_SIZE, named(jax, ", scan"),
        lambda: jax.block_until_ready(run_semi(segment, transition)))


def with_torch():
    torch.set_num_threads(2)
    batch, frames, classes, length = CTC
    logits = torch.randn(frames, batch, classes, requires_grad=True)
    labels = torch.randint(1, classes, (batch, length))
    sizes = torch.full((batch,), frames), torch.full((batch,), length)

    def run():
        logits.grad = None
        torch.nn.functional.ctc_loss(logits.log_softmax(2), labels, *sizes, reduction="sum").backward()

    row("CTC", CTC_SIZE, named(torch, ", with its log-softmax"), run)


def with_torch_struct():
    batch, positions, states, most = SEMI
    scores = torch.randn(batch, positions, most, states, states, requires_grad=True)

    def run():
        scores.grad = None
        torch_struct.SemiMarkovCRF(scores).partition.sum().backward()

    row("semi-Markov", SEMI_SIZE, "torch-struct, its dense scores", run)


if np and numba:
    with_numba()
if np and jax:
    with_jax()
if torch:
    with_torch()
if torch and torch_struct:
    with_torch_struct()
