// @ts-check
/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'conll2002',
  title:
    'CoNLL-2002: named entities in Spanish (EFE) and Dutch (De Morgen) news; word, POS, IOB2 tag',
  licence: 'for research; texts of the EFE news agency and of De Morgen, annotated for CoNLL-2002',
  addresses: [
    'https://raw.githubusercontent.com/nltk/nltk_data/5db857e/packages/corpora/conll2002.zip',
  ],
  origin:
    "NLTK's conll2002 corpus: esp and ned, .train, .testa and .testb, in UTF-8 with three columns",
  limits: { download: 50_000_000, unpacked: 20_000_000, laidOut: 20_000_000 },
  files: {
    'esp.testa': '85c17793b77881c53d19017d9d0f1e6fb98b7ddcab54a5f24b05ed1793103c87',
    'esp.testb': '1f8f7a392c6d4979a5592a5794eed43d7869b46da6851bbcde99714149f1d016',
    'esp.train': 'a20d95cab7d88a19a86f8c1ad6329325c99fbd9529ed978cbd7e31d4b01b4008',
    'ned.testa': '51259d4bfe52462f211d3d0b67173a7ecbfa296e199f6c6bd0895f4c78155057',
    'ned.testb': '2aa748edb82e6f9c4d82e57a4bed69ded18cfa4803122c75070335d513517488',
    'ned.train': '0a419dcb356b62c8cff38515675550b3d5dbea9f45a1c4956328dbd5cc7fcdbc',
  },
};
