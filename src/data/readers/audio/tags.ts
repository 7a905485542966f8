/** Where what comes after ID3v2 tags begins. Each says its length in four bytes of seven bits. */
export function afterId3v2(bytes: Buffer): number {
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

/** The bytes of the tag that begins at a place, 0 where none does; they may go beyond the end of the file. */
function lengthOfTag(bytes: Buffer, at: number): number {
  const head = bytes.toString('latin1', at, at + 11);
  // A chunk of a WAV file may be called 'ID3 '.
  if (head.startsWith('ID3') && bytes[at + 3]! < 16) return afterId3v2(bytes.subarray(at));
  // ID3v1's extended tag, and ID3v1.
  if (head.startsWith('TAG+')) return 227;
  if (head.startsWith('TAG')) return 128;
  if (head.startsWith('3DI')) return 10;
  if (head.startsWith('APETAGEX')) {
    const isHeader = at + 32 <= bytes.length && (bytes.readUInt32LE(at + 20) & 0x20000000) !== 0;
    return isHeader ? 32 + bytes.readUInt32LE(at + 12) : 32;
  }
  if (head !== 'LYRICSBEGIN') return 0;
  const end = /LYRICS(200|END)/.exec(bytes.toString('latin1', at))?.index;
  return end === undefined ? bytes.length - at : end + 9;
}

export const isTag = (bytes: Buffer, at: number): boolean => lengthOfTag(bytes, at) > 0;

/**
 * Where the tags that may follow the sound (ID3, APE, Lyrics3), and the zeros among them, end: at the
 * file's end, or where something else follows.
 */
export function afterTags(bytes: Buffer, from: number): number {
  let at = from;
  for (let length = 1; length > 0 && at < bytes.length; at += length) {
    while (bytes[at] === 0) at++;
    length = lengthOfTag(bytes, at);
  }
  return Math.min(at, bytes.length);
}
