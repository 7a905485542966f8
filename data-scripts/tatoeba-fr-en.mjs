// @ts-check
/**
 * Later versions have a third column, the attribution of each sentence.
 * @param {AsyncIterable<string>} lines
 */
async function* firstTwoColumns(lines) {
  let number = 0;
  for await (const line of lines) {
    number++;
    const [english, french] = line.split('\t');
    if (!french) throw new Error(`line ${number}: expected English TAB French`);
    yield `${english}\t${french}\n`;
  }
}

/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'tatoeba-fr-en',
  title:
    'Tatoeba: English sentences with French translations; 167,130 pairs in the version measured with',
  licence: 'Creative Commons Attribution 2.0 France; attribution: tatoeba.org',
  addresses: ['https://www.manythings.org/anki/fra-eng.zip'],
  origin: 'www.manythings.org/anki: fra-eng.zip, or fra.txt out of it (English TAB French)',
  renewed: 'manythings.org replaces this file as Tatoeba grows, so that numbers are not comparable',
  limits: { download: 100_000_000, unpacked: 300_000_000, laidOut: 300_000_000 },
  files: {
    'fra.txt': '0bb85dbaa1c896844649094d7eaf2e34bee34e84fe362b26ce7e8f2e12aae104',
  },
  async layOut({ find, linesOf, write }) {
    const pairs = find('fra.txt');
    await write('fra.txt', firstTwoColumns(linesOf(pairs)), pairs);
  },
};
