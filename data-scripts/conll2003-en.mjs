// @ts-check
/**
 * Copies that passed through Windows end their lines otherwise.
 * @param {AsyncIterable<string>} lines
 */
async function* withLineFeeds(lines) {
  for await (const line of lines) yield `${line}\n`;
}

/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'conll2003-en',
  title: 'CoNLL-2003 English: named entities in Reuters news; word, POS, chunk, IOB1 tag',
  licence:
    'not to be redistributed: the text is Reuters RCV1, available to researchers by agreement with NIST',
  addresses: [],
  origin:
    'the CoNLL-2003 shared task: eng.train, eng.testa and eng.testb, with four columns, original IOB1 ' +
    'tags and -DOCSTART- lines',
  limits: { download: 100_000_000, unpacked: 20_000_000, laidOut: 20_000_000 },
  files: {
    'eng.testa': 'aedc4ccbd1ae9795feaa0e86fe72d195b0258abed9d705b630d1c889276fac1e',
    'eng.testb': '0632f32c090ef31c223135b7fee3187a7cf8e65c4015c7866bb7783428cdd9a6',
    'eng.train': 'eac0822f501353f265383ddf1edb0dcd42a1b6eefd3e383d7074db98c38eb41c',
  },
  async layOut({ paths, find, linesOf, write }) {
    for (const path of paths) {
      const file = find(path);
      await write(path, withLineFeeds(linesOf(file)), file);
    }
  },
};
