"""What torch.nn.LSTM takes for the layers of training.bench.ts, where PyTorch is installed.

Reads {work, layers, threads} as JSON from stdin; prints a row of the benchmark as JSON for each layer.
"""
import json
import sys
import time

given = json.load(sys.stdin)
try:
    import torch
except ImportError:
    print("torch is not installed: its rows are missing", file=sys.stderr)
    sys.exit()

torch.set_num_threads(given["threads"])
for layer in given["layers"]:
    steps, batch, inputs, units = (layer[key] for key in ("time", "batch", "inputs", "units"))
    lstm = torch.nn.LSTM(inputs, units)
    x = torch.randn(steps, batch, inputs, requires_grad=True)
    dy = torch.randn(steps, batch, units)

    def step():
        lstm.zero_grad()
        x.grad = None
        y, _ = lstm(x)
        y.backward(dy)

    times = []
    for _ in range(10):
        step()
    while len(times) < 3 or sum(times) < 1.5:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    times.sort()
    print(json.dumps(dict(
        work=given["work"], size=f"T={steps} B={batch} {inputs}→{units}", by=f"PyTorch {torch.__version__}",
        threads=given["threads"], bestMilliseconds=times[0] * 1000,
        medianMilliseconds=times[len(times) // 2] * 1000, repeats=len(times))))
