import { SingleBar } from 'cli-progress';

/** Says how far a run is: a bar with rate and time left on a terminal, plain lines elsewhere. */
export interface Progress {
  /** One more unit done; `status` says what the last one gave. */
  step(status?: string): void;
  stop(): void;
}

/** A progress display on stderr, so that results on stdout stay clean. */
export function createProgress(title: string, total: number): Progress {
  return process.stderr.isTTY ? barProgress(title, total) : lineProgress(title, total);
}

function barProgress(title: string, total: number): Progress {
  const bar = new SingleBar({
    format: `${title} {bar} {value}/{total} · {rate}/s · {eta_formatted} left · {status}`,
    stream: process.stderr,
    hideCursor: true,
    barsize: 24,
    etaBuffer: 20,
  });
  const started = performance.now();
  let done = 0;
  bar.start(total, 0, { status: '', rate: '–' });
  return {
    step(status = '') {
      done++;
      const rate = (done / (performance.now() - started)) * 1000;
      bar.update(done, { status, rate: rate.toPrecision(2) });
    },
    stop() {
      bar.stop();
    },
  };
}

/** Without a terminal: a line at most every ten seconds, and one at the end. */
function lineProgress(title: string, total: number): Progress {
  const started = performance.now();
  let done = 0;
  let lastLine = started;
  return {
    step(status = '') {
      done++;
      const now = performance.now();
      if (now - lastLine < 10_000 && done < total) return;
      lastLine = now;
      const seconds = ((now - started) / 1000).toFixed(0);
      process.stderr.write(`${title} ${done}/${total} after ${seconds} s  ${status}\n`);
    },
    stop() {
      // Every line is already out.
    },
  };
}
