import { createRequire } from 'node:module';
import type { SingleBar } from 'cli-progress';
import { columnsOf, writeMessage } from '../terminal.js';
import { visible } from '../visible.js';
import { isQuiet } from './quiet.js';

/** Says how far a run is: a bar with rate and time left on a terminal, plain lines elsewhere. */
export interface Progress {
  /** One more unit done, or `count`; `status` says what the last one gave. */
  step(status?: string, count?: number): void;
  stop(): void;
}

interface TrainingPosition {
  /** Epochs done, with the part of the current one. */
  epochs: number;
  /** Tokens (or whatever a step's size counts) a second, over the last seconds; 0 before the first step. */
  rate: number;
  /** What else there is to say, the most important first. */
  status: readonly string[];
}

export interface TrainingProgress {
  update(position: TrainingPosition): void;
  stop(): void;
}

/** A progress display on stderr, so that results on stdout stay clean. */
export function createProgress(title: string, total: number): Progress {
  if (isQuiet()) return { step: () => undefined, stop: () => undefined };
  const bar = process.stderr.isTTY ? startBar(title, total, `0/${total}`) : undefined;
  const writeLine = lineWriter(title);
  const started = performance.now();
  let done = 0;
  return {
    step(status = '', count = 1) {
      done += count;
      const share = `${done}/${total}`;
      const seconds = (performance.now() - started) / 1000;
      if (!bar) {
        writeLine(`${share} after ${seconds.toFixed(0)} s  ${status}`, done >= total);
        return;
      }
      const left = Math.ceil((seconds / done) * (total - done));
      bar.show(done, [share, done < total ? `${duration(left)} left` : '', status]);
    },
    stop: () => bar?.stop(),
  };
}

/** Loaded with the first bar: 25 modules, which no command without one needs. */
const bars = () =>
  createRequire(import.meta.url)('cli-progress') as { SingleBar: typeof SingleBar };

/** A bar that leaves a screen of 80 characters room for words. */
function startBar(title: string, total: number, text: string) {
  const bar = new (bars().SingleBar)({
    format: '{title} {bar} {text}',
    stream: process.stderr,
    hideCursor: true,
    barsize: barSize(),
  });
  bar.start(total, 0, { title: visible(title), text: fitting([text], title) });
  return {
    show(done: number, parts: readonly string[]) {
      bar.update(done, { text: fitting(parts, title) });
    },
    stop() {
      bar.stop();
    },
  };
}

const barSize = () => (columnsOf(process.stderr) >= 110 ? 24 : 10);

/** The first of these parts, as many as fit on the screen beside the title and the bar. */
function fitting(parts: readonly string[], title: string): string {
  const room = columnsOf(process.stderr) - [...title].length - barSize() - 3;
  let text = '';
  for (const part of parts.filter((one) => one !== '')) {
    const longer = text === '' ? part : `${text} · ${part}`;
    if ([...longer].length <= room) text = longer;
  }
  return visible(text);
}

/** Without a terminal: a line at most every ten seconds, and those that are `due`. */
function lineWriter(title: string) {
  let lastLine = performance.now();
  return (text: string, due: boolean) => {
    const now = performance.now();
    if (now - lastLine < 10_000 && !due) return;
    lastLine = now;
    writeMessage(`${title} ${text}\n`);
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
  if (isQuiet()) return { update: () => undefined, stop: () => undefined };
  let started = performance.now();
  let first: number | undefined;
  const secondsLeft = (done: number, rate: number) => {
    if (rate === 0) {
      // No step yet, as after a resume at the end of an epoch: nothing is measured.
      [started, first] = [performance.now(), done];
      return undefined;
    }
    first ??= done;
    const pace = (performance.now() - started) / 1000 / (done - first);
    return Number.isFinite(pace) ? (epochs - done) * pace : undefined;
  };
  const describe = ({ epochs: done, rate, status }: TrainingPosition) => {
    const left = secondsLeft(done, rate);
    return [
      `epoch ${Math.min(Math.floor(done) + 1, epochs)}/${epochs}`,
      left === undefined || done >= epochs ? '' : `${duration(Math.ceil(left))} left`,
      ...status,
      rate === 0 ? '' : `${Math.round(rate).toLocaleString('en')} ${unit}/s`,
    ];
  };
  const bar = process.stderr.isTTY ? startBar(title, epochs, 'first step …') : undefined;
  const writeLine = lineWriter(title);
  return {
    update(position) {
      const parts = describe(position);
      if (bar) bar.show(position.epochs, parts);
      else writeLine(parts.filter(Boolean).join(' · '), Number.isInteger(position.epochs));
    },
    stop: () => bar?.stop(),
  };
}

/** Seconds as 1:02:03 or 2:03. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? `${part}` : String(part).padStart(2, '0'))).join(':');
}
