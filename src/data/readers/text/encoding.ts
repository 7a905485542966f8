import { isUtf8 } from 'node:buffer';
import { DataError } from '../../../errors.js';
import type { Notify } from '../notices.js';

/**
 * UTF-8 unless the bytes are Latin-1, or Windows-1252 which has more signs, all through: one broken byte in UTF-8
 * must not turn a whole file into other letters. Lines with other than ASCII tell: in Latin-1 few of them happen to
 * be UTF-8.
 * @throws DataError with the first line that is not UTF-8 when others are
 */
export function encodingOf(
  bytes: Buffer,
  source: string,
  notify: Notify | undefined,
): 'utf-8' | 'windows-1252' {
  if (isUtf8(bytes) || /^(?:\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2)))
    return 'utf-8';
  let [utf8, others, firstOther, control, signs] = [0, 0, 0, 0, 0];
  let line = 0;
  for (let first = 0; first < bytes.length;) {
    line++;
    const found = bytes.indexOf(0x0a, first);
    const end = found < 0 ? bytes.length : found;
    const text = bytes.subarray(first, end);
    if (text.some((byte) => byte > 0x7f)) {
      if (isUtf8(text)) {
        utf8++;
      } else {
        others++;
        firstOther ||= line;
        const latin = text.toString('latin1');
        // Nothing is there in either; and â€ is what is left of a sign of UTF-8 that lost its last byte.
        if (/[\x81\x8d\x8f\x90\x9d]|\xe2\x80/.test(latin)) control ||= line;
        if (/[\x80-\x9f]/.test(latin)) signs++;
      }
    }
    first = end + 1;
  }
  if (control > 0 || others <= 20 * utf8) {
    throw new DataError(
      `${source}, line ${control || firstOther}: not UTF-8, and the file is neither Latin-1 nor Windows-1252 ` +
        `(${utf8} other lines have UTF-8 letters, ${others} lines have not); convert it to UTF-8`,
    );
  }
  // What has a NUL is refused, whatever its letters are.
  if (bytes.includes(0)) return 'windows-1252';
  notify?.(
    `${source}: not UTF-8 (${others} line${others === 1 ? '' : 's'}, the first is line ${firstOther}): read as ` +
      (signs > 0 ? 'Windows-1252' : 'Latin-1'),
  );
  return 'windows-1252';
}
