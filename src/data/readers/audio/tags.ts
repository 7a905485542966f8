/** Where what comes after ID3v2 tags begins. Each says its length in four bytes of seven bits. */
export function afterTag(bytes: Buffer): number {
  let at = 0;
  while (bytes.toString('latin1', at, at + 3) === 'ID3' && at + 10 <= bytes.length) {
    const [a, b, c, d] = bytes.subarray(at + 6, at + 10) as unknown as number[];
    const hasFooter = (bytes[at + 5]! & 0x10) !== 0;
    at += 10 + a! * 2 ** 21 + b! * 2 ** 14 + c! * 2 ** 7 + d! + (hasFooter ? 10 : 0);
  }
  // Some tags are followed by padding.
  if (at > 0) while (at < bytes.length && bytes[at] === 0) at++;
  return Math.min(at, bytes.length);
}

/** Whether a tag that may follow the sound begins at a place: ID3, APE, Lyrics3. */
export const isTag = (bytes: Buffer, at: number): boolean =>
  /^(TAG|ID3|3DI|APETAGEX|LYRICSBEGIN)/.test(bytes.toString('latin1', at, at + 11));

/** The same, or whether there are only zeros up to the end, or nothing. */
export const isTagOrPadding = (bytes: Buffer, at: number): boolean =>
  isTag(bytes, at) || bytes.subarray(at).every((byte) => byte === 0);
