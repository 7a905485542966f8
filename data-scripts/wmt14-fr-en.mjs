// @ts-check
/** The parallel parts of the shared task's training data, without their language. */
const parts = [
  'europarl-v7.fr-en',
  'commoncrawl.fr-en',
  'undoc.2000.fr-en',
  'news-commentary-v9.fr-en',
  'giga-fren.release2.fixed',
];
const sampleSize = 1_000_000;

/** Numbers in [0, 1), the same on every machine: a linear congruential generator. */
function seeded() {
  let state = 14n;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 11n) / 2 ** 53;
  };
}

/**
 * The numbers of a uniform sample of lines, ascending: Vitter's algorithm R, with memory for the
 * sample only.
 * @param {number} lines @param {number} size
 */
function sampleLines(lines, size) {
  const random = seeded();
  const kept = new Float64Array(Math.min(lines, size));
  for (let line = 0; line < lines; line++) {
    const place = line < size ? line : Math.floor(random() * (line + 1));
    if (place < kept.length) kept[place] = line;
  }
  return kept.sort();
}

/** @param {AsyncIterable<string>} lines */
async function countLines(lines) {
  let count = 0;
  for await (const _ of lines) count++;
  return count;
}

/** @param {AsyncIterable<string>[]} files @param {Float64Array} wanted */
async function* linesAt(files, wanted) {
  let line = 0;
  let next = 0;
  for (const lines of files) {
    for await (const text of lines) {
      if (line++ === wanted[next]) {
        next++;
        yield `${text}\n`;
      }
    }
  }
}

/** The segments of a test set's SGML. @param {AsyncIterable<string>} lines */
async function* segments(lines) {
  for await (const line of lines) {
    const [, text] = /<seg[^>]*>(.*)<\/seg>/i.exec(line) ?? [];
    if (text === undefined) continue;
    const plain = text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&');
    yield `${plain.trim()}\n`;
  }
}

/** @param {AsyncIterable<string>} lines */
async function* withLineFeeds(lines) {
  for await (const line of lines) yield `${line}\n`;
}

/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'wmt14-fr-en',
  title:
    'WMT14 French–English: a million pairs sampled from its training files; newstest2013, 2014',
  licence: 'for research; each part has its own terms (www.statmt.org/wmt14/translation-task.html)',
  addresses: [],
  origin:
    'www.statmt.org/wmt14/translation-task.html, unpacked into one folder (files may stay .gz): any of ' +
    `${parts.join(', ')} (.fr and .en), newstest2013.{fr,en} or .sgm, newstest2014-fren-{src.fr,ref.en}.sgm`,
  // A sample of what was given has no published sum.
  limits: { download: 20_000_000_000, unpacked: 20_000_000_000, laidOut: 2_000_000_000 },
  files: {
    'training/sample.fr': '',
    'training/sample.en': '',
    'newstest2013.fr': '',
    'newstest2013.en': '',
    'newstest2014.fr': '',
    'newstest2014.en': '',
  },
  async layOut({ find, linesOf, write }) {
    /** @param {string} name */
    const optional = (name) => {
      try {
        return find(name);
      } catch {
        return undefined;
      }
    };
    const pairs = parts.flatMap((part) => {
      const [fr, en] = [optional(`${part}.fr`), optional(`${part}.en`)];
      return fr && en ? [{ fr, en }] : [];
    });
    const [first] = pairs;
    if (!first) {
      find(`${parts[0]}.fr`);
      throw new Error(`none of ${parts.join(', ')} is there in both languages`);
    }
    let total = 0;
    for (const { fr, en } of pairs) {
      const counts = [await countLines(linesOf(fr)), await countLines(linesOf(en))];
      if (counts[0] !== counts[1]) {
        throw new Error(`${fr.where} has ${counts[0]} lines and ${en.where} has ${counts[1]}`);
      }
      total += counts[0];
    }
    const wanted = sampleLines(total, sampleSize);
    for (const side of /** @type {const} */ (['fr', 'en'])) {
      const files = pairs.map((pair) => linesOf(pair[side]));
      await write(`training/sample.${side}`, linesAt(files, wanted), first[side]);
      const plain = optional(`newstest2013.${side}`);
      const development =
        plain ?? find(`newstest2013-${side === 'fr' ? 'src' : 'ref'}.${side}.sgm`);
      const lines = linesOf(development);
      await write(
        `newstest2013.${side}`,
        plain ? withLineFeeds(lines) : segments(lines),
        development,
      );
      const test = find(`newstest2014-fren-${side === 'fr' ? 'src' : 'ref'}.${side}.sgm`);
      await write(`newstest2014.${side}`, segments(linesOf(test)), test);
    }
  },
};
