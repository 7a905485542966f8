import { describe, expect, it } from 'vitest';
import { decodeAudio } from './audio.js';
import { afterTags } from './tags.js';
import { encodeWav16 } from './wav.js';

/** An APE tag of 20 bytes of entries: header, entries, footer. */
function apeTag(): Buffer {
  const part = (flags: number) => {
    const bytes = Buffer.alloc(32);
    bytes.write('APETAGEX');
    for (const [at, value] of [2000, 20 + 32, 1, flags].entries()) {
      bytes.writeUInt32LE(value, 8 + 4 * at);
    }
    return bytes;
  };
  return Buffer.concat([part(0xa0000000), Buffer.alloc(20, 'x'), part(0x80000000)]);
}

// Their lengths are those of id3.org, the APEv2 specification and that of Lyrics3 v2.
const tags: [string, Buffer][] = [
  ['ID3v1', Buffer.from('TAG'.padEnd(128))],
  ['ID3v2', Buffer.from('ID3\x04\0\0\0\0\x01\x02'.padEnd(10 + 130, '.'), 'latin1')],
  [
    'ID3v2 with a footer',
    Buffer.from('ID3\x04\0\x10\0\0\0\x04abcd3DI\x04\0\x10\0\0\0\x04', 'latin1'),
  ],
  ['APE', apeTag()],
  ['Lyrics3', Buffer.from('LYRICSBEGININD0000200000030LYRICS200')],
];

describe.each(tags)('what is behind a sound and an %s tag', (_name, tag) => {
  const wav = Buffer.from(encodeWav16({ sampleRate: 8000, samples: new Float64Array(800) }));
  const sound = wav.subarray(44);

  it('is found behind the last byte of the tag', () => {
    const [before, zeros] = [sound.length, Buffer.alloc(7)];
    const end = before + tag.length;
    expect(afterTags(Buffer.concat([sound, tag]), before)).toBe(end);
    expect(afterTags(Buffer.concat([sound, tag, Buffer.from('RIFF')]), before)).toBe(end);
    expect(afterTags(Buffer.concat([sound, zeros, tag, zeros, tag, zeros]), before)).toBe(
      before + 3 * zeros.length + 2 * tag.length,
    );
    expect(afterTags(Buffer.concat([sound, tag.subarray(0, 11)]), before)).toBe(before + 11);
  });

  it('is left out of a WAV file with a word, and the tag without one', async () => {
    const said = async (...parts: Buffer[]) => {
      const notices: string[] = [];
      await decodeAudio(Buffer.concat(parts), 'a.wav', (text) => notices.push(text));
      return notices;
    };
    expect(await said(wav, tag)).toEqual([]);
    expect(await said(wav, tag, wav)).toEqual([
      `a.wav: a second WAV file is left out (at byte ${wav.length + tag.length})`,
    ]);
  });
});
