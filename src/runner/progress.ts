import { SingleBar } from 'cli-progress';
import { writeMessage } from '../terminal.js';
import { visible } from '../visible.js';

/** Says how far a run is: a bar with rate and time left on a terminal, plain lines elsewhere. */
export interface Progress {
  /** One more unit done; `status` says what the last one gave. */
  step(status?: string): void;
  stop(): void;
}

/** How far a training is. */
export interface TrainingPosition {
  /** Epochs done, with the part of the current one. */
  epochs: number;
  /** Tokens (or whatever a step's size counts) a second, over the last seconds. */
  rate: number;
  status: string;
}

/** Says how far a training is. */
export interface TrainingProgress {
  update(position: TrainingPosition): void;
  stop(): void;
}

let quiet = false;

/** `--quiet`: nothing is shown from now on. */
export function silenceProgress(): void {
  quiet = true;
}

/** Whether nothing is to be shown beside results and errors. */
export const isQuiet = () => quiet;

/** A progress display on stderr, so that results on stdout stay clean. */
export function createProgress(title: string, total: number): Progress {
  if (quiet) return { step: () => undefined, stop: () => undefined };
  return process.stderr.isTTY ? barProgress(title, total) : lineProgress(title, total);
}

function barProgress(title: string, total: number): Progress {
  const bar = new SingleBar({
    format: '{title} {bar} {value}/{total} · {rate}/s · {eta_formatted} left · {status}',
    stream: process.stderr,
    hideCursor: true,
    barsize: 24,
    etaBuffer: 20,
  });
  const started = performance.now();
  let done = 0;
  bar.start(total, 0, { title: visible(title), status: '', rate: '–' });
  return {
    step(status = '') {
      done++;
      const rate = (done / (performance.now() - started)) * 1000;
      bar.update(done, { status: visible(status), rate: rate.toPrecision(2) });
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
      writeMessage(`${title} ${done}/${total} after ${seconds} s  ${status}\n`);
    },
    stop() {
      // Every line is already out.
    },
  };
}

/**
 * The display of a training of `epochs` epochs, counted in `unit` (tokens, say). Time left is
 * reckoned from this process's own pace, evaluations included.
 */
export function createTrainingProgress(
  title: string,
  epochs: number,
  unit: string,
): TrainingProgress {
  if (quiet) return { update: () => undefined, stop: () => undefined };
  const started = performance.now();
  let first: number | undefined;
  const secondsLeft = (done: number) => {
    first ??= done;
    const pace = (performance.now() - started) / 1000 / (done - first);
    return Number.isFinite(pace) ? (epochs - done) * pace : undefined;
  };
  const describe = ({ epochs: done, rate, status }: TrainingPosition) => {
    const left = secondsLeft(done);
    return [
      `epoch ${Math.min(Math.floor(done) + 1, epochs)}/${epochs}`,
      `${Math.round(rate).toLocaleString('en')} ${unit}/s`,
      ...(left === undefined ? [] : [`${duration(left)} left`]),
      status,
    ].join(' · ');
  };
  return process.stderr.isTTY
    ? trainingBar(title, epochs, describe)
    : trainingLines(title, describe);
}

function trainingBar(
  title: string,
  epochs: number,
  describe: (position: TrainingPosition) => string,
): TrainingProgress {
  const bar = new SingleBar({
    format: '{title} {bar} {text}',
    stream: process.stderr,
    hideCursor: true,
    barsize: 24,
  });
  bar.start(epochs, 0, { title: visible(title), text: '' });
  return {
    update(position) {
      bar.update(position.epochs, { text: visible(describe(position)) });
    },
    stop() {
      bar.stop();
    },
  };
}

function trainingLines(
  title: string,
  describe: (position: TrainingPosition) => string,
): TrainingProgress {
  let lastLine = performance.now();
  return {
    update(position) {
      const now = performance.now();
      const text = describe(position);
      if (now - lastLine < 10_000 && !Number.isInteger(position.epochs)) return;
      lastLine = now;
      writeMessage(`${title} ${text}\n`);
    },
    stop() {
      // Every line is already out.
    },
  };
}

/** Seconds as 1:02:03 or 2:03. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? `${part}` : String(part).padStart(2, '0'))).join(':');
}
