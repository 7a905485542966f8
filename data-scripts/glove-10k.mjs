// @ts-check
/**
 * The file has the most frequent words first.
 * @param {number} count
 * @param {AsyncIterable<string>} lines
 */
async function* first(count, lines) {
  let written = 0;
  for await (const line of lines) {
    yield `${line}\n`;
    if (++written === count) return;
  }
}

/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'glove-10k',
  title: 'GloVe, 6B tokens, 50 dimensions: the 10,000 most frequent words',
  licence: 'Public Domain Dedication and License 1.0 (PDDL)',
  addresses: [],
  origin: 'nlp.stanford.edu/projects/glove: glove.6B.zip (862 MB), or glove.6B.50d.txt out of it',
  limits: { download: 1_000_000_000, unpacked: 6_000_000_000, laidOut: 10_000_000 },
  files: {
    'glove.6B.50d.10k.txt': 'f6ff508f0c7eb106528d58e3d2d23048fbbf167b05887988304fd1299b26ac3a',
  },
  async layOut({ find, linesOf, write }) {
    const vectors = find('glove.6B.50d.10k.txt', 'glove.6B.50d.txt');
    await write('glove.6B.50d.10k.txt', first(10_000, linesOf(vectors)), vectors);
  },
};
