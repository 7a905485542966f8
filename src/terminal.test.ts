import { afterEach, expect, it, vi } from 'vitest';
import { writeData, writeResult } from './terminal.js';

const { isTTY } = process.stdout;
afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.isTTY = isTTY;
});

/** What reaches stdout, a terminal or not. */
function printed(write: (text: string) => void, text: string, terminal: boolean): string {
  const parts: Buffer[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    parts.push(Buffer.from(part as string));
    return true;
  });
  process.stdout.isTTY = terminal;
  write(text);
  return Buffer.concat(parts).toString();
}

it('data leaves as it is but for a terminal; all else is shown, JSON stays JSON', () => {
  const data = 'a\u0001b\u0085\u202e\u2028c\td\n';
  const shown = 'a\\u0001b\\u0085\\u202e\\u2028c\td\n';
  expect(printed(writeData, data, false)).toBe(data);
  expect(printed(writeData, data, true)).toBe(shown);
  expect(printed(writeResult, data, false)).toBe(shown);
  expect(JSON.parse(printed(writeResult, JSON.stringify(data), false))).toBe(data);
  const long = data.repeat(3000);
  expect(printed(writeData, long, false)).toBe(long);
});
