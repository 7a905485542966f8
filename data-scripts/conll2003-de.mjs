// @ts-check
/** @param {AsyncIterable<string>} lines */
async function columnsOf(lines) {
  for await (const line of lines) if (line !== '') return line.trim().split(/\s+/).length;
  return 0;
}

/** @param {AsyncIterable<string>} lines */
async function* withLineFeeds(lines) {
  for await (const line of lines) yield `${line}\n`;
}

/**
 * Word and tag of the five columns; IOB1, where B- only parts two adjoining entities of one type,
 * becomes IOB2, where every entity starts with B-.
 * @param {AsyncIterable<string>} lines
 */
async function* wordsAndTags(lines) {
  let previous = 'O';
  for await (const line of lines) {
    const columns = line.trim().split(/\s+/);
    const tag = columns.length === 5 ? columns[4] : 'O';
    const starts = tag.startsWith('I-') && tag.slice(2) !== previous.slice(2);
    yield line.trim() === '' ? '\n' : `${columns[0]} ${starts ? `B-${tag.slice(2)}` : tag}\n`;
    previous = tag;
  }
}

/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'conll2003-de',
  title: 'CoNLL-2003 German: named entities in the Frankfurter Rundschau; word, IOB2 tag',
  licence:
    'not to be redistributed: the text is of the ECI Multilingual Text Corpus (LDC94T5), which the LDC licenses',
  addresses: [],
  origin:
    'the CoNLL-2003 shared task: deu.train, deu.testa and deu.testb, with two columns (word, IOB2 tag) ' +
    'in UTF-8, or with the original five in ISO 8859-1',
  limits: { download: 100_000_000, unpacked: 20_000_000, laidOut: 20_000_000 },
  files: {
    'deu.testa': 'ad30fedc6ae7fb6f55da1766f5cd31da675c391c7ffd629e0c891b0ffbe70e43',
    'deu.testb': '8051a48a98210afb97a5807b5b5d648735924dbca6436b7b4077ffdf5e86e0a3',
    'deu.train': '118a9f2fbf2b97639c51e19c0bdf067e47ab386dce95d44b91b4bf2c69af1c4b',
  },
  async layOut({ paths, find, linesOf, write }) {
    for (const path of paths) {
      const file = find(path);
      const original = (await columnsOf(linesOf(file, 'latin1'))) === 5;
      const lines = linesOf(file, original ? 'latin1' : 'utf-8');
      await write(path, original ? wordsAndTags(lines) : withLineFeeds(lines), file);
    }
  },
};
