// @ts-check
/** @param {string[]} rows */
async function* inOrder(rows) {
  yield* rows;
}

/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'brown-rcv1',
  title:
    'Brown clusters of RCV1 (Turian, Ratinov & Bengio, 2010): 1000 clusters, word and bit path',
  licence: 'free for research; publications cite Turian, Ratinov & Bengio, ACL 2010',
  addresses: [],
  origin:
    "Turian et al.'s brown-rcv1.clean.tokenized-CoNLL03.txt-c1000-freq1.txt (bit path, word, count), " +
    'or paths.tsv made from it (word TAB bit path, sorted by the words)',
  limits: { download: 200_000_000, unpacked: 200_000_000, laidOut: 50_000_000 },
  files: {
    'paths.tsv': 'e117591549875cb8729095a5874ac90865205a53664f9bffa1a7e6faae96d892',
  },
  async layOut({ find, linesOf, write }) {
    const clusters = find('paths.tsv', 'brown-rcv1.clean.tokenized-CoNLL03.txt-c1000-freq1.txt');
    /** @type {string[]} */
    const rows = [];
    for await (const line of linesOf(clusters)) {
      const columns = line.split('\t');
      rows.push(columns.length === 3 ? `${columns[1]}\t${columns[0]}\n` : `${line}\n`);
    }
    await write('paths.tsv', inOrder(rows.sort()), clusters);
  },
};
