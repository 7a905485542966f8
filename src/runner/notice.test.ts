import { afterEach, expect, it, vi } from 'vitest';
import { notice } from './notice.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('a notice is wrapped for the terminal, and for that alone', () => {
  const { isTTY, columns } = process.stderr;
  const written: unknown[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(text);
    return true;
  });
  const text = 'engine: wasm 4.22.0 (not tensorflow: it is not installed)';
  try {
    Object.assign(process.stderr, { isTTY: true, columns: 40 });
    notice(text);
    process.stderr.isTTY = false;
    notice(text);
  } finally {
    Object.assign(process.stderr, { isTTY, columns });
  }
  expect(written).toEqual([
    'engine: wasm 4.22.0 (not tensorflow: it\nis not installed)\n',
    `${text}\n`,
  ]);
});
