"""What PyTorch and JAX take for the work of peers.bench.ts, of those that are installed.

Reads the work as JSON from stdin; prints a row of the benchmark as JSON for each, and on stderr what is
missing.
"""
import json
import sys
import time

from libraries import library, named

given = json.load(sys.stdin)
threads = given["threads"]

np, jax, torch = map(library, ["numpy", "jax", "torch"])


def row(work, by, step, seconds=1.5, warm_up=0.5):
    """Best and median of the repeats, after calls that warm up."""
    spent, calls, times = 0, 0, []
    while calls < 3 or spent < warm_up:
        start = time.perf_counter()
        step()
        spent += time.perf_counter() - start
        calls += 1
    while len(times) < 3 or sum(times) < seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    times.sort()
    print(json.dumps(dict(
        work=work["work"], size=work["size"], by=by, threads=threads,
        bestMilliseconds=times[0] * 1000, medianMilliseconds=times[len(times) // 2] * 1000,
        repeats=len(times))), flush=True)


def chains():
    import jax.numpy as jnp

    random = np.random.default_rng(1)
    draw = lambda *shape: jnp.asarray(random.uniform(-2, 2, shape), jnp.float32)

    def factored_soft(unary, transition):
        # A step is a matrix product: nothing overflows, since transitions are small numbers.
        weights = jnp.exp(transition)

        def step(values, scores):
            top = values.max(1, keepdims=True)
            return jnp.log(jnp.exp(values - top) @ weights) + top + scores, None

        values, _ = jax.lax.scan(step, unary[:, 0], unary[:, 1:].swapaxes(0, 1))
        return jax.scipy.special.logsumexp(values, 1).sum()

    def factored_hard(unary, transition):
        def step(values, scores):
            return (values[:, :, None] + transition).max(1) + scores, None

        values, _ = jax.lax.scan(step, unary[:, 0], unary[:, 1:].swapaxes(0, 1))
        return values.max(1).sum()

    def linear_soft(theta):
        def step(values, scores):
            return jax.scipy.special.logsumexp(values[:, None] + scores, 2), None

        first = jax.scipy.special.logsumexp(theta[:, 0], 2)
        values, _ = jax.lax.scan(step, first, theta[:, 1:].swapaxes(0, 1))
        return jax.scipy.special.logsumexp(values, 1).sum()

    for chain in given["chains"]:
        batch, steps, states = chain["batch"], chain["time"], chain["states"]
        if chain["kind"] == "factored":
            inputs = (draw(batch, steps, states), draw(states, states))
            loss = factored_hard if chain["omega"] == "hard" else factored_soft
        else:
            inputs = (draw(batch, steps, states, states),)
            loss = linear_soft
        run = jax.jit(jax.value_and_grad(loss, tuple(range(len(inputs)))))
        row(chain, named(jax, ", scan"), lambda: jax.block_until_ready(run(*inputs)))


def lstms():
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

        row(dict(layer, size=f"T={steps} B={batch} {inputs}→{units}"), named(torch), step)


def training(model, loss, batches, what):
    """A function that trains on all batches once: Adam, after clipping by the norm of all gradients."""
    optimiser = torch.optim.Adam(model.parameters(), what["learningRate"], fused=True)

    def run():
        for batch in batches:
            optimiser.zero_grad()
            loss(model, batch).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), what["clipNorm"])
            optimiser.step()

    return run


def tensors(batch):
    """Lists of whole numbers as tensors."""
    return {key: torch.tensor(value) if isinstance(value, list) else value for key, value in batch.items()}


def over(lstm, x, lengths, packed, state=None):
    """What an LSTM gives for padded sequences [batch, time, …], and its last states."""
    if not packed:
        return lstm(x, state)
    sequence = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, True, False)
    y, last = lstm(sequence, state)
    return torch.nn.utils.rnn.pad_packed_sequence(y, True, total_length=x.shape[1])[0], last


def tagger(packed):
    what = given["tagger"]
    config, sizes = what["model"], what["sizes"]

    class Tagger(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.words = torch.nn.Embedding(sizes["words"], config["wordSize"])
            self.characters = torch.nn.Embedding(sizes["characters"], config["characterSize"])
            self.spelling = torch.nn.LSTM(
                config["characterSize"], config["characterUnits"], bidirectional=True, batch_first=True)
            self.sentence = torch.nn.LSTM(
                config["wordSize"] + 2 * config["characterUnits"], config["units"], bidirectional=True,
                batch_first=True)
            self.hidden = torch.nn.Linear(2 * config["units"], config["hiddenUnits"])
            self.scores = torch.nn.Linear(config["hiddenUnits"], sizes["tags"])
            self.transition = torch.nn.Parameter(0.1 * torch.randn(sizes["tags"], sizes["tags"]))
            self.start = torch.nn.Parameter(0.1 * torch.randn(sizes["tags"]))
            self.end = torch.nn.Parameter(0.1 * torch.randn(sizes["tags"]))

    def loss(model, batch):
        size, positions, lengths = batch["batch"], batch["positions"], batch["lengths"]
        characters = model.characters(batch["characters"].view(batch["spellings"], -1).clamp(min=0))
        _, (last, _) = over(model.spelling, characters, batch["spellingLengths"], packed)
        spelled = last.transpose(0, 1).reshape(batch["spellings"], -1)
        words = model.words(batch["words"].view(size, positions).clamp(min=0))
        features = torch.cat([words, spelled[batch["spellingOf"].clamp(min=0)].view(size, positions, -1)], 2)
        features = torch.nn.functional.dropout(features, config["dropout"])
        context, _ = over(model.sentence, features, lengths, packed)
        context = torch.nn.functional.dropout(context, config["contextDropout"])
        unary = model.scores(torch.tanh(model.hidden(context)))
        tags = batch["tags"].view(size, positions)
        return (log_partition(model, unary, lengths) - truth(model, unary, tags, lengths)).sum()

    def log_partition(model, unary, lengths):
        values = model.start + unary[:, 0]
        for t in range(1, unary.shape[1]):
            new = torch.logsumexp(values[:, :, None] + model.transition, 1) + unary[:, t]
            values = torch.where((t < lengths)[:, None], new, values)
        return torch.logsumexp(values + model.end, 1)

    def truth(model, unary, tags, lengths):
        mask = tags >= 0
        tags = tags.clamp(min=0)
        own = (unary.gather(2, tags[:, :, None])[:, :, 0] * mask).sum(1)
        moves = (model.transition[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]).sum(1)
        last = tags.gather(1, lengths[:, None] - 1)[:, 0]
        return own + moves + model.start[tags[:, 0]] + model.end[last]

    run = training(Tagger(), loss, [tensors(batch) for batch in what["batches"]], what)
    row(what, named(torch, ", packed" if packed else ", padded"), run, seconds=4)


def translator():
    what = given["translator"]
    config, sizes = what["model"], what["sizes"]
    size_of, encoder, decoder = config["embedding"], config["encoder"], config["decoder"]

    class Translator(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.source = torch.nn.Embedding(sizes["source"], size_of)
            self.target = torch.nn.Embedding(sizes["target"], size_of)
            self.encoder = torch.nn.LSTM(size_of, encoder, bidirectional=True, batch_first=True)
            self.initial = torch.nn.Linear(2 * encoder, 2 * decoder)
            self.decoder = torch.nn.LSTM(size_of, decoder, batch_first=True)
            self.attention = torch.nn.Linear(decoder, 2 * encoder, bias=False)
            self.readout = torch.nn.Linear(decoder + 2 * encoder, decoder)
            self.output = torch.nn.Linear(decoder, sizes["target"])

    def loss(model, batch):
        lengths, words = batch["sourceLengths"], batch["targetLengths"]
        source = model.source(batch["source"].view(len(lengths), -1).clamp(min=0))
        target = model.target(batch["input"].view(len(lengths), -1).clamp(min=0))
        dropout = lambda x: torch.nn.functional.dropout(x, config["dropout"])
        states, _ = over(model.encoder, dropout(source), lengths, True)
        both = torch.tanh(model.initial(states.sum(1) / lengths[:, None]))
        hidden, cell = both.split(decoder, 1)
        state = (hidden[None].contiguous(), cell[None].contiguous())
        given_words, _ = over(model.decoder, dropout(target), words, True, state)
        scores = model.attention(given_words) @ states.transpose(1, 2) / states.shape[2] ** 0.5
        outside = torch.arange(states.shape[1]) >= lengths[:, None]
        weights = scores.masked_fill(outside[:, None], float("-inf")).softmax(2)
        inside = torch.arange(target.shape[1]) < words[:, None]
        read = torch.cat([given_words, weights @ states], 2)[inside]
        logits = model.output(dropout(torch.tanh(model.readout(read))))
        return torch.nn.functional.cross_entropy(logits, batch["output"])

    run = training(Translator(), loss, [tensors(batch) for batch in what["batches"]], what)
    row(what, named(torch, ", packed"), run, seconds=6)


if np and jax:
    chains()
if torch:
    torch.set_num_threads(threads)
    lstms()
    for packed in (True, False):
        tagger(packed)
    translator()
