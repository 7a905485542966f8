import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { zipBytes } from '../../../../test/zip-bytes.js';
import { DataError } from '../../../errors.js';
import { bar, barline, musicXml, note } from '../../../../test/music-xml.js';
import { readWholeScore } from './score.js';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const verovio: string = 'verovio/esm';
const installed = await import(verovio).then(
  () => true,
  () => false,
);

const folder = temporaryFolder('score');

async function read(contents: string | Uint8Array, name = 'score.mid') {
  const notices: string[] = [];
  const path = join(folder, name);
  writeFileSync(path, contents);
  const score = await readWholeScore(path, (text) => notices.push(text));
  const events = score.events.map(({ scoreOnsetSeconds, pitches }) => [
    Number(scoreOnsetSeconds.toFixed(3)),
    ...pitches,
  ]);
  return { ...score, events, notices };
}

const kern = '**kern\n*clefG2\n*M4/4\n*MM60\n=1\n4c\n4d\n4e 4g\n4f\n=2\n1g\n==\n*-\n';
const mei = (notes: string) => `<?xml version="1.0" encoding="UTF-8"?>
<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.0"><meiHead><fileDesc><titleStmt><title/>
</titleStmt><pubStmt/></fileDesc></meiHead><music><body><mdiv><score><scoreDef meter.count="4" meter.unit="4">
<staffGrp><staffDef n="1" lines="5" clef.shape="G" clef.line="2"/></staffGrp></scoreDef><section><measure n="1">
<staff n="1"><layer n="1">${notes}</layer></staff></measure></section></score></mdiv></body></music></mei>`;
const two = '<note pname="c" oct="4" dur="2"/><note pname="e" oct="4" dur="2"/>';

/** Two bars, the second with a chord, a tie into a third: at 60 beats a minute. */
const plain = musicXml([
  bar(1, note('C', 4, 1) + note('D', 4, 1) + note('E', 4, 2), { tempo: 60 }),
  bar(2, note('G', 4, 4, 'start') + note('B', 4, 4, undefined, true)),
  bar(3, note('G', 4, 4, 'stop')),
]);
const plainEvents = [
  [0, 60],
  [1, 62],
  [2, 64],
  [4, 67, 71],
];

describe.skipIf(!installed)('scores that verovio reads', () => {
  it('MusicXML: chords, ties, tempo', async () => {
    const { events, notices, engraved } = await read(plain);
    expect(events).toEqual(plainEvents);
    expect(notices).toEqual([]);
    expect(engraved!.bars.map(({ name, onsetSeconds }) => [name, onsetSeconds])).toEqual([
      ['1', 0],
      ['2', 4],
      ['3', 8],
    ]);
  });

  it('plays repeats, endings and da capo al fine', async () => {
    const whole = (step: string) => note(step, 4, 4);
    const endings = musicXml([
      bar(1, whole('C'), { before: barline('left', { repeat: true }) }),
      bar(2, whole('D'), {
        before: barline('left', { ending: 1 }),
        after: barline('right', { ending: 1, repeat: true }),
      }),
      bar(3, whole('E'), {
        before: barline('left', { ending: 2 }),
        after: barline('right', { ending: 2 }),
      }),
      bar(4, whole('F')),
    ]);
    const played = await read(endings);
    expect(played.events.map(([, pitch]) => pitch)).toEqual([60, 62, 60, 64, 65]);
    expect(played.engraved!.bars.map(({ name }) => name)).toEqual(['1', '2', '1', '3', '4']);
    const word = (words: string, sound: string) =>
      `<direction><direction-type><words>${words}</words></direction-type><sound ${sound}/></direction>`;
    const daCapo = musicXml([
      bar(1, whole('C')),
      bar(2, whole('D') + word('Fine', 'fine="yes"')),
      bar(3, whole('E') + word('D.C. al Fine', 'dacapo="yes"')),
    ]);
    expect((await read(daCapo)).events.map(([, pitch]) => pitch)).toEqual([60, 62, 64, 60, 62]);
  });

  it('knows where each note is drawn, each time it is played', async () => {
    const { engraved } = await read(
      musicXml([
        bar(1, note('C', 4, 2) + note('D', 4, 2), { after: barline('right', { repeat: true }) }),
      ]),
    );
    const { drawn } = engraved!;
    expect(drawn.map(({ onsetSeconds, endSeconds }) => [onsetSeconds, endSeconds])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(drawn[2]!.id).toBe(drawn[0]!.id);
    const pages = engraved!.draw(2000);
    expect(pages).toHaveLength(1);
    for (const { id } of drawn) expect(pages[0]!.includes(`id="${id}"`)).toBe(true);
  });

  it('compressed MusicXML, MEI and Humdrum, whatever they are called', async () => {
    const container =
      '<container><rootfiles><rootfile full-path="music/a.xml"/><rootfile full-path="b.pdf"/></rootfiles></container>';
    const mxl = zipBytes([
      { name: 'mimetype', content: 'application/vnd.recordare.musicxml' },
      { name: 'META-INF/container.xml', content: container },
      { name: 'music/a.xml', content: plain },
      { name: 'other.xml', content: '<other/>' },
    ]);
    expect((await read(mxl, 'a.krn')).events).toEqual(plainEvents);
    const bare = zipBytes([{ name: 'a.musicxml', content: plain }]);
    expect((await read(bare, 'b.mxl')).events).toEqual(plainEvents);
    expect((await read(kern)).events).toEqual([
      [0, 60],
      [1, 62],
      [2, 64, 67],
      [3, 65],
      [4, 67],
    ]);
    expect((await read(mei(two))).events.map(([, pitch]) => pitch)).toEqual([60, 64]);
  });

  it('in other encodings, with a byte order mark or without', async () => {
    const utf16 = plain.replace('UTF-8', 'UTF-16');
    const little = Buffer.from(utf16, 'utf16le');
    const big = Buffer.from(little).swap16();
    for (const bytes of [little, big]) {
      expect((await read(bytes)).events).toEqual(plainEvents);
      const marked = Buffer.concat([
        bytes === big ? Buffer.of(0xfe, 0xff) : Buffer.of(0xff, 0xfe),
        bytes,
      ]);
      expect((await read(marked)).events).toEqual(plainEvents);
    }
    const latin = plain.replace('UTF-8', 'ISO-8859-1').replace('Piano', 'Flöte');
    expect((await read(Buffer.from(latin, 'latin1'))).events).toEqual(plainEvents);
  });
});

describe.skipIf(!installed)('percussion', () => {
  const drum =
    '<note><unpitched><display-step>E</display-step><display-octave>4</display-octave></unpitched>' +
    '<duration>2</duration><type>quarter</type></note>';

  it('that names no pitch is left out, which is said', async () => {
    const beside = await read(
      musicXml([bar(1, drum + note('C', 4, 1) + drum + note('D', 4, 1), { tempo: 60 })]),
      'drums.xml',
    );
    expect(beside.events).toEqual([
      [1, 60],
      [3, 62],
    ]);
    expect(beside.notices).toEqual([
      expect.stringContaining(
        'drums.xml: 2 notes of percussion left out (on channel 10, or without',
      ),
    ]);
    const meiDrum = await read(mei('<note loc="4" dur="2"/><note pname="e" oct="4" dur="2"/>'));
    expect(meiDrum.events.map(([, ...pitches]) => pitches)).toEqual([[64]]);
  });

  it('is what is on channel 10, which is said', async () => {
    const tenth = '<midi-instrument id="P1-I1"><midi-channel>10</midi-channel></midi-instrument>';
    const parts = musicXml([bar(1, note('C', 4, 4))]).replace(
      /<score-part id="P1">(.*?)<\/score-part>(.*)(<part id="P1">.*<\/part>)/,
      (_, name: string, rest: string, part: string) =>
        `<score-part id="P1">${name}<score-instrument id="P1-I1"><instrument-name>X</instrument-name>` +
        `</score-instrument>${tenth}</score-part><score-part id="P2">${name}</score-part>${rest}${part}` +
        part.replace('P1', 'P2').replace('>C<', '>E<'),
    );
    const { events, notices } = await read(parts);
    expect(events).toEqual([[0, 64]]);
    expect(notices).toEqual([
      expect.stringContaining('1 note of percussion left out (on channel 10'),
    ]);
  });

  it('alone is no score', async () => {
    await expect(read(musicXml([bar(1, drum.repeat(4))]))).rejects.toThrow(
      'the score has nothing but percussion (all 4 notes are on channel 10 or name no pitch)',
    );
  });
});

describe.skipIf(!installed)('what is written and does not sound as it is', () => {
  const path = join(folder, 'score.mid');
  const small = note('D', 5, 1).replace('<type>', '<type size="cue">');
  const cue = small.replace('<note>', '<note><cue/>');

  it('cue notes are left out, which is said; small notes sound', async () => {
    const score = musicXml([bar(1, cue + small + note('C', 4, 2), { tempo: 60 })]);
    const { events, notices, engraved } = await read(score);
    expect(events).toEqual([
      [1, 74],
      [2, 60],
    ]);
    expect(notices).toEqual([`${path}: 1 cue note, not to be played: left out`]);
    expect(engraved!.drawn.map(({ onsetSeconds }) => onsetSeconds)).toEqual([1, 2]);
  });

  it('what verovio leaves out is said, and not by it', async () => {
    const said = vi.spyOn(console, 'warn');
    const repeated =
      '<attributes><measure-style><measure-repeat type="start">1</measure-repeat></measure-style>' +
      '</attributes><note><rest measure="yes"/><duration>8</duration></note>';
    const middle = barline('right', { repeat: true }).replace('right', 'middle');
    const { notices } = await read(
      musicXml([bar(1, note('C', 4, 2) + middle + note('C', 4, 2)), bar(2, repeated)]),
    );
    expect(notices.filter((text) => text.includes('verovio: '))).toEqual([
      `${path}: verovio: MusicXML import: Unsupported barline location 'middle' in 1`,
      `${path}: verovio: a sign that repeats the bar before it is not played: that bar is empty`,
    ]);
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
  });

  it('what verovio does not read, and doubts of MusicXML, are said with the file', async () => {
    const other = '<attributes><transpose><chromatic>-2</chromatic></transpose></attributes>';
    const { notices } = await read(musicXml([bar(1, note('C', 4, 4)), bar(2, other)]));
    expect(notices).toEqual([expect.stringMatching(/score\.mid: from bar 2 on .* 2 semitones/)]);
    const none = '<mei xmlns="http://www.music-encoding.org/ns/mei"><foo/></mei>';
    await expect(read(none)).rejects.toThrow('cannot read it: No <music> element found');
  });
});

describe.skipIf(!installed)('MusicXML that is drawn otherwise than it sounds', () => {
  it('is tied where the sound alone is', async () => {
    const { events } = await read(plain.replaceAll(/<notations><tied[^>]*><\/notations>/g, ''));
    expect(events).toEqual(plainEvents);
  });

  it('is said where durations are not those of types and tuplets', async () => {
    const third = note('C', 4, 0.5)
      .replace('<duration>1', '<duration>2')
      .replace(
        '</type>',
        '</type><time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>',
      );
    const thirds = (notes: string) =>
      read(
        musicXml([
          bar(1, notes + note('C', 4, 1).replace('<duration>2', '<duration>6').repeat(3)),
        ]).replace('<divisions>2', '<divisions>6'),
      );
    const place = (type: string) => `<notations><tuplet type="${type}"/></notations></note>`;
    const tuplet = [
      third.replace('</note>', place('start')),
      third,
      third.replace('</note>', place('stop')),
    ];
    expect((await thirds(tuplet.join(''))).notices).toEqual([]);
    const said = expect.stringContaining(
      'plays notes of 1 bar at other times than their durations',
    );
    expect((await thirds(third.repeat(3))).notices).toEqual([said]);
    const untyped = note('C', 4, 2) + note('D', 4, 1) + note('E', 4, 1);
    const { notices } = await read(
      musicXml([bar(1, untyped.replaceAll(/<type>\w+<\/type>/g, ''))]),
    );
    expect(notices).toEqual([said]);
  });
});

describe.skipIf(!installed)('repeats of Humdrum', () => {
  const repeated = kern.replace('=2', '=2:|!');

  it('by bar lines are played', async () => {
    const { engraved, notices } = await read(repeated, 'lines.krn');
    expect(engraved!.bars.map(({ name }) => name)).toEqual(['1', '1', '2']);
    expect(notices).toEqual([]);
  });

  // As most sonatas in Humdrum have them; the second order is that without repeats.
  const sections = (orders: string) =>
    repeated
      .replace('**kern\n', `**kern\n${orders}*>A\n`)
      .replace(':|!\n', ':|!\n*>B\n')
      .replaceAll(/^[^=\n]+$/gm, (line) => `${line}\t${line}`)
      .replaceAll(/^=.*$/gm, (line) => `${line}\t${line}`);

  it.each([
    ['with repeats', '*>[A,A,B]\n'],
    ['with and without repeats', '*>[A,A,B]\n*>norep[A,B]\n'],
  ])('by an order of sections %s are played', async (_, orders) => {
    const { engraved, events, notices } = await read(sections(orders), 'sections.krn');
    expect(engraved!.bars.map(({ name }) => name)).toEqual(['1', '1', '2']);
    expect(events).toHaveLength(9);
    expect(notices).toEqual([]);
  });

  it('that verovio does not play are said', async () => {
    const { engraved, notices } = await read(sections(''), 'sections.krn');
    expect(engraved!.bars.map(({ name }) => name)).toEqual(['1', '2']);
    expect(notices).toEqual([expect.stringContaining('each bar is taken once; --jumps of')]);
  });
});

describe.skipIf(!installed)('what verovio says of Humdrum', () => {
  const uneven = '**kern\t**kern\n4c\n4d\t4f\n*-\t*-\n';

  it('is the error, with the line, and goes nowhere else', async () => {
    const said: unknown[] = [];
    const spies = [
      vi.spyOn(console, 'log').mockImplementation((...words) => said.push(words)),
      vi.spyOn(console, 'error').mockImplementation((...words) => said.push(words)),
      vi.spyOn(process.stdout, 'write'),
      vi.spyOn(process.stderr, 'write'),
    ];
    try {
      for (let time = 0; time < 2; time++) {
        await expect(read(uneven, 'uneven.krn')).rejects.toThrow(
          'uneven.krn, line 2: verovio cannot read it: Expected 2 fields, but found 1',
        );
      }
      expect(said).toEqual([]);
      for (const spy of spies.slice(2)) expect(spy).not.toHaveBeenCalled();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    expect((await read(kern)).notices).toEqual([]);
  });
});

describe('scores that are none', () => {
  const bomb = zipBytes([{ name: 'a.xml', content: Buffer.alloc(70_000_000, ' ') }]);
  const cases: [what: string, bytes: string | Uint8Array, message: string | RegExp][] = [
    [
      'damaged XML',
      plain.slice(0, plain.indexOf('</duration>')),
      'damaged or cut off: its <duration> does not end',
    ],
    ['half a Humdrum score', kern.slice(0, -8), 'cut off: it does not end with *-'],
    ['no notes', musicXml([bar(1, '')]), 'the score has no notes'],
    ['MEI without music', mei(''), /no notes|cannot read/],
    ['deep nesting', `<score-partwise>${'<a>'.repeat(300_000)}`, 'more than 512 elements'],
    [
      'an archive without a score',
      zipBytes([{ name: 'a.txt', content: 'x' }]),
      'no META-INF/container.xml',
    ],
    [
      'a container that names nothing',
      zipBytes([
        { name: 'META-INF/container.xml', content: '<a><rootfile full-path="no.xml"/></a>' },
      ]),
      'its container names "no.xml", which is not there',
    ],
    [
      'an archive of something else',
      zipBytes([{ name: 'a.xml', content: '<html/>' }]),
      'not a score (MIDI',
    ],
    ['what unpacks to far more', bomb, 'more than 64 MB when it is unpacked'],
    [
      'half an archive',
      zipBytes([{ name: 'a.xml', content: plain }]).subarray(0, 300),
      'not a zip archive',
    ],
    [
      'bars outside parts',
      plain.replaceAll('score-partwise', 'score-timewise'),
      'which verovio does not read: export it with its bars within its parts',
    ],
    ['MuseScore', '<?xml version="1.0"?><museScore/>', 'it is a MuseScore score'],
    ['text', 'hello', 'not a standard MIDI file'],
  ];
  it.each(cases)('%s', async (_, bytes, message) => {
    const error: unknown = await read(bytes, 'bad.musicxml').catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain('bad.musicxml');
    if (installed) expect((error as Error).message).toMatch(message);
  });
});
