// How many frames a second the playground of `didyprog explore` holds while γ is dragged, by the page's own
// clock, and what a frame costs: node bench/explore-frames.mjs [--seconds 5] [--profile]
// Needs a build (npm run build) and Chromium; to be run on a machine that does nothing else.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { startServer } from '../dist/explore/server/server.js';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, profile: { type: 'boolean' } },
});
const seconds = Number(values.seconds);
const executablePath = process.env.DIDYPROG_CHROMIUM ?? '/usr/bin/chromium';

const wave = (bend) =>
  Array.from({ length: 300 }, (_, n) => Math.round(100 * Math.sin(6.3 * bend(n / 299))) / 100).join(
    ' ',
  );
const words = (names) => new URLSearchParams(names).toString();
const cases = [
  {
    name: 'DTW, 300 × 300, two Ω',
    wanted: 50,
    link: `#/play/dtw?${words({ a: 'negentropy', b: 'l2', gamma: 1, 'set.x': wave((x) => x), 'set.y': wave((x) => x * x) })}`,
  },
  {
    name: 'chain, 50 × 19, two Ω',
    wanted: 60,
    link: `#/play/chain?${words({ a: 'negentropy', b: 'l2', gamma: 1, 'set.positions': 50, 'set.states': 19 })}`,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'didyprog-frames-'));
const pageFolder = fileURLToPath(new URL('../dist/explore/page', import.meta.url));
const server = await startServer({ folder, pageFolder });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const system = await browser.newBrowserCDPSession();
/** Seconds of processor time that each kind of process has taken: what a busy machine does not change. */
async function processorTimes() {
  const { processInfo } = await system.send('SystemInfo.getProcessInfo');
  const times = new Map();
  for (const { type, cpuTime } of processInfo) times.set(type, (times.get(type) ?? 0) + cpuTime);
  return times;
}
try {
  for (const { name, wanted, link } of cases) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.goto(`${server.url}${link}`);
    await page.waitForFunction(() => document.querySelector('[data-figure=value]')?.dataset.value);
    const client = await page.context().newCDPSession(page);
    await client.send('Performance.enable');
    const metrics = async () =>
      Object.fromEntries(
        (await client.send('Performance.getMetrics')).metrics.map(({ name, value }) => [
          name,
          value,
        ]),
      );
    // The first drag compiles what it calls.
    await drag(page, 1);
    const before = await metrics();
    const beforeTimes = await processorTimes();
    if (values.profile) {
      await client.send('Profiler.enable');
      await client.send('Profiler.start');
    }
    const rate = await drag(page, seconds);
    if (values.profile) hottest((await client.send('Profiler.stop')).profile);
    const after = await metrics();
    const afterTimes = await processorTimes();
    const frames = rate * seconds;
    const each = (metric) =>
      `${((1000 * (after[metric] - before[metric])) / frames).toFixed(1)} ms`;
    const processor = [...afterTimes]
      .map(([type, time]) => [type, (1000 * (time - (beforeTimes.get(type) ?? 0))) / frames])
      .filter(([, ms]) => ms >= 0.1)
      .map(([type, ms]) => `${type} ${ms.toFixed(1)} ms`);
    const call = await page.evaluate(() =>
      [...document.querySelectorAll('[data-figure="time of a call"]')].map(
        (one) => one.textContent,
      ),
    );
    console.log(
      `${name}: ${rate.toFixed(1)} frames a second (wanted ${wanted}); a call ${call.join(', ')}; ` +
        `of a frame in the page: ${each('TaskDuration')}, of which script ${each('ScriptDuration')}, ` +
        `style ${each('RecalcStyleDuration')}, layout ${each('LayoutDuration')}; processor time of a frame: ${processor.join(', ')}`,
    );
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Moves γ's slider at each frame of the screen, to and fro at an even speed: where it stands still there is
 * nothing new to draw. @returns frames a second, as the page says
 */
async function drag(page, seconds) {
  await page.evaluate(
    (seconds) =>
      new Promise((done) => {
        const slider = document.querySelector('.gamma input[type=range]');
        const [least, most] = [Number(slider.min), Number(slider.max)];
        const end = performance.now() + 1000 * seconds;
        const move = (now) => {
          const part = 0.2 + 0.6 * Math.abs(((now / 2000) % 2) - 1);
          slider.value = String(least + part * (most - least));
          slider.dispatchEvent(new Event('input', { bubbles: true }));
          if (now < end) requestAnimationFrame(move);
          else done();
        };
        requestAnimationFrame(move);
      }),
    seconds,
  );
  await page.waitForTimeout(1500);
  const rate = await page.evaluate(() => document.querySelector('[role=status]').dataset.rate);
  return Number(rate ?? 0);
}

/** The functions of the page's thread that take most time by themselves. */
function hottest({ nodes, samples, timeDeltas }) {
  const times = new Map();
  const names = new Map(
    nodes.map(({ id, callFrame }) => [id, callFrame.functionName || '(anonymous)']),
  );
  samples.forEach((id, at) => {
    times.set(names.get(id), (times.get(names.get(id)) ?? 0) + timeDeltas[at] / 1000);
  });
  const list = [...times].sort((a, b) => b[1] - a[1]).slice(0, 14);
  for (const [name, ms] of list) console.log(`  ${ms.toFixed(0).padStart(7)} ms  ${name}`);
}
