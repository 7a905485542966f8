// @ts-check
import { createGzip } from 'node:zlib';

/**
 * One data set for each language: the vectors stay packed, since unpacked they take 4.5 GB.
 * @param {string} language
 * @param {string} code
 * @returns {import('../src/data/acquire/catalogue.js').DataScript}
 */
function fastText(language, code) {
  const file = `cc.${code}.300.vec`;
  return {
    name: `fasttext-${code}`,
    title: `fastText, ${language}, 300 dimensions: 2,000,000 words of Common Crawl and Wikipedia`,
    licence: 'Creative Commons Attribution-ShareAlike 3.0 (Grave et al. 2018)',
    addresses: [`https://dl.fbaipublicfiles.com/fasttext/vectors-crawl/${file}.gz`],
    origin: `fasttext.cc/docs/en/crawl-vectors.html: ${file}.gz (about 1.3 GB)`,
    // The publisher names no sum, and the files were never here to compute one.
    limits: { download: 2_000_000_000, unpacked: 8_000_000_000, laidOut: 4_000_000_000 },
    files: { [`${file}.gz`]: '' },
    async layOut({ find, write }) {
      const vectors = find(file);
      const unpacked = await vectors.open();
      const packed = unpacked.pipe(createGzip({ level: 1 }));
      unpacked.on('error', (error) => packed.destroy(error));
      await write(`${file}.gz`, packed, vectors);
    },
  };
}

export default [
  fastText('English', 'en'),
  fastText('Spanish', 'es'),
  fastText('German', 'de'),
  fastText('Dutch', 'nl'),
];
