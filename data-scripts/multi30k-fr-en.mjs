// @ts-check
const paths = ['train', 'val', 'test_2016_flickr', 'test_2017_flickr'].flatMap((split) => [
  `${split}.en`,
  `${split}.fr`,
]);

/** @type {import('../src/data/acquire/catalogue.js').DataScript} */
export default {
  name: 'multi30k-fr-en',
  title: 'Multi30k, task 1: image captions in English and French; 29,000 training pairs',
  licence: 'for research and other non-commercial use; captions after Flickr30k',
  addresses: paths.map(
    (path) =>
      `https://raw.githubusercontent.com/multi30k/dataset/a3d2e0d/data/task1/raw/${path}.gz`,
  ),
  origin: 'github.com/multi30k/dataset, folder data/task1/raw: .en and .fr, as they are or as .gz',
  limits: { download: 20_000_000, unpacked: 20_000_000, laidOut: 20_000_000 },
  files: {
    'test_2016_flickr.en': '399a4382932c1aadd3ceb9bef1008d388a64c76d4ae4e9d4728c6f4301cac182',
    'test_2016_flickr.fr': 'cb3160d69b002bb638e66cc7612fcd56cb0af82eadc9c142dedc438afb885ef6',
    'test_2017_flickr.en': 'ce1450ddc5ab0834502579d77a170849952e15a2938b34cc503bdc25ebb4fb98',
    'test_2017_flickr.fr': '6f3764e31dac41e9455e612958bcfd4e877c5e15cd66df2c2b2be6d9bd83e5b6',
    'train.en': '460a15fbd157e34a7a9957ee388c1ca247fe47af3ef25fb50442af6c274e0fc6',
    'train.fr': '5925a3c18f1587b6b54b87743106e6e8ab93618edb6f65d19eac0621f853a10d',
    'val.en': '1f2a23d992769b5b3d209b0a10dd0b77c08cceb1f20dfb97ed0aafa49d107227',
    'val.fr': '5304e444d842e962b2dda4d816b70b22a1765b15401642b7ca37a67477e708dc',
  },
};
