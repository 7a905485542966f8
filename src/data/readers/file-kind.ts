/** The start of an MPEG frame, of layer I, II or III. */
export const isMpeg = /^\xff[\xe2-\xe7\xea-\xef\xf2-\xf7\xfa-\xff](?!\xff)/;

/** Kinds of files by their first bytes, and what makes of each a file that can be read. */
const kinds: readonly { name: string; starts: RegExp; convert: string }[] = [
  { name: 'a FLAC recording', starts: /^fLaC/, convert: 'audio' },
  { name: 'an MP3 recording', starts: /^ID3/, convert: 'audio' },
  { name: 'an MP3 recording', starts: isMpeg, convert: 'audio' },
  { name: 'an AAC recording', starts: /^\xff[\xf0\xf1\xf8\xf9]/, convert: 'audio' },
  { name: 'an Ogg recording', starts: /^OggS/, convert: 'audio' },
  { name: 'an AIFF recording', starts: /^FORM[^]{4}AIF[FC]/, convert: 'audio' },
  { name: 'an MP4 or M4A file', starts: /^[^]{4}ftyp/, convert: 'audio' },
  { name: 'a Matroska or WebM file', starts: /^[^\x20-\xff]E\xdf\xa3/, convert: 'audio' },
  { name: 'an ASF or WMA file', starts: /^0&\xb2u\x8ef\xcf/, convert: 'audio' },
  { name: 'an AMR recording', starts: /^#!AMR/, convert: 'audio' },
  { name: 'a CAF recording', starts: /^caff/, convert: 'audio' },
  { name: 'a Sun AU recording', starts: /^(\.snd|dns\.)/, convert: 'audio' },
  { name: 'a Monkey’s Audio recording', starts: /^MAC /, convert: 'audio' },
  { name: 'a WavPack recording', starts: /^wvpk/, convert: 'audio' },
  { name: 'a Wave64 recording', starts: /^riff\.\x91\xcf/, convert: 'audio' },
  { name: 'a big-endian WAV recording (RIFX)', starts: /^RIFX[^]{4}WAVE/, convert: 'audio' },
  { name: 'a WAV recording', starts: /^(RIFF|RF64|BW64)[^]{4}WAVE/, convert: 'order' },
  { name: 'an AVI file', starts: /^RIFF[^]{4}AVI /, convert: 'audio' },
  { name: 'a standard MIDI file', starts: /^(MThd|RIFF[^]{4}RMID)/, convert: 'order' },
  {
    name: 'a MusicXML score',
    starts: /^[^<]{0,4}<(\?xml|!DOCTYPE)?[^]*<(!DOCTYPE )?score-(partwise|timewise)/,
    convert: 'score',
  },
  { name: 'a MuseScore score', starts: /^[^<]{0,4}<\?xml[^]*<museScore/, convert: 'score' },
  { name: 'an XML file', starts: /^[^<]{0,4}<\?xml/, convert: 'score' },
  { name: 'an ABC score', starts: /^(%abc|X:\s*\d)/, convert: 'score' },
  { name: 'a **kern score', starts: /^(!!![^]*\n)?\*\*kern/, convert: 'score' },
  { name: 'a LilyPond score', starts: /^\\version/, convert: 'score' },
  { name: 'a gzip file', starts: /^[^\x20-\xff]\x8b/, convert: 'unpack' },
  { name: 'a bzip2 file', starts: /^BZh[1-9]1AY&SY/, convert: 'unpack' },
  { name: 'an xz file', starts: /^\xfd7zXZ\0/, convert: 'unpack' },
  { name: 'a Zstandard file', starts: /^\(\xb5\/\xfd/, convert: 'unpack' },
  { name: 'a tar archive', starts: /^[^]{257}ustar/, convert: 'unpack' },
  { name: 'a RAR archive', starts: /^Rar![^\x20-\xff]/, convert: 'unpack' },
  { name: 'a 7z archive', starts: /^7z\xbc\xaf'/, convert: 'unpack' },
  {
    name: 'a zip archive, as compressed MusicXML is one',
    starts: /^PK[^\x20-\xff]/,
    convert: 'unpack',
  },
  { name: 'a PDF document', starts: /^%PDF/, convert: 'score' },
  { name: 'a web page', starts: /^\s*<(!DOCTYPE html|html)/i, convert: 'download' },
];

const advice: Readonly<Record<string, string>> = {
  audio:
    'convert it to WAV first, for instance with `ffmpeg -i FILE recording.wav` or ' +
    '`sox FILE recording.wav`',
  score: 'export it as a standard MIDI file first, for instance from MuseScore',
  unpack: 'unpack it first',
  order: 'the recording comes first, the score second',
  download: 'download the file itself',
};

/**
 * What a file is instead of what it should be, and what to do about it, for the end of a message.
 * @param expected what was looked for, if the file is of no kind that is known
 */
export function expectedKind(bytes: Uint8Array, expected: string): string {
  if (bytes.length === 0) return `expected ${expected}, but the file is empty`;
  const start = startOf(bytes);
  const kind = kinds.find(({ starts }) => starts.test(start));
  return kind ? describe(kind) : `expected ${expected}`;
}

/** That a file is packed in a way that is not read, and what to do about it; undefined of others. */
export function packedKind(bytes: Uint8Array): string | undefined {
  const start = startOf(bytes);
  const kind = kinds.find(({ starts, convert }) => convert === 'unpack' && starts.test(start));
  return kind && describe(kind);
}

const startOf = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 4096));

const describe = ({ name, convert }: (typeof kinds)[number]) => `it is ${name}: ${advice[convert]}`;
