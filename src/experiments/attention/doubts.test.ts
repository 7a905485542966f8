import { describe, expect, it } from 'vitest';
import { DataFiles } from '../../runner/run/data-files.js';
import { attentionSchema } from './config.js';
import { noticeEqual, noticeKnown, noticeLanguages, noticeWords } from './doubts.js';
import { prepareTraining } from './run.js';

const training = [
  { source: 'Il gatto dorme.', target: 'The cat sleeps.' },
  { source: 'Il cane dorme.', target: 'The dog sleeps.' },
  { source: 'Il cane vede il gatto e il gatto vede il cane.', target: 'They see each other.' },
  { source: '', target: 'Nothing.' },
];
const known = [{ source: 'Il gatto vede il cane.', target: 'The cat sleeps.' }];

function notices(text: object, development: { source: string; target: string }[], tests = known) {
  const said: string[] = [];
  const config = attentionSchema.parse({
    corpus: { source: 'synthetic', pair: 'fr-en', training: 1, development: 1, test: 1 },
    text: { minimumCount: 1, ...text },
    model: { embedding: 2, encoder: 2, decoder: 2, attention: 'softmax' },
    training: { epochs: 1 },
  });
  const sets = {
    training,
    development: { name: 'development', pairs: development },
    tests: [{ name: 'test', pairs: tests }],
  };
  const languages = { source: 'it', target: 'en' };
  prepareTraining(config, { languages, ...sets }, new DataFiles('.', (one) => said.push(one)));
  return said;
}

describe('notices of a translation corpus', () => {
  it('count the training pairs that are too long, without those that lack a side', () => {
    expect(notices({}, known)).toEqual([]);
    expect(notices({ maximumLength: 6 }, [{ source: 'Il cane.', target: 'The dog.' }], [])).toEqual(
      ['training leaves out 1 of 4 pairs: a side has more than 6 tokens (text.maximumLength)'],
    );
  });

  it('tell of parts whose words training does not have, by side', () => {
    const swapped = [{ source: 'The cat sleeps.', target: 'Il gatto dorme.' }];
    expect(notices({}, swapped)).toEqual([
      'development: the model does not know 100.0 % of the words of the source: those of its target ' +
        'are known better: are the two files exchanged?',
      expect.stringContaining('100.0 % of the words of the target: those of its source are known'),
    ]);
    const other = [{ source: 'Die Katze schläft, Il.', target: 'The cat sleeps.' }];
    expect(notices({}, known, other)).toEqual([
      'test: the model does not know 75.0 % of the words of the source: is it in another language, ' +
        'or text.minimumCount too high for so little text?',
    ]);
    expect(notices({}, [{ source: '1, 2.', target: '§ 3' }])).toEqual([]);
  });

  it('tell of parts most of whose pairs are the same text twice', () => {
    const said: string[] = [];
    const pairs = ['Uno.', 'Due.', 'Tre.', ''].map((source) => ({ source, target: source }));
    noticeEqual({ name: 'training', pairs }, (text) => said.push(text));
    expect(said).toEqual([
      'training: 3 of 3 pairs have the same text on both sides: is one file a copy of the other?',
    ]);
    noticeEqual({ name: 'test', pairs: [...known, pairs[0]!] }, (text) => said.push(text));
    expect(said.length).toBe(1);
  });

  it('tell of words that are not what stands between spaces, once for all parts', () => {
    const said: string[] = [];
    const part = (name: string, source: string, target: string) => ({
      name,
      pairs: [{ source, target }, ...training.slice(3)],
    });
    const words = (...parts: ReturnType<typeof part>[]) => {
      noticeWords(parts, (text) => said.push(text));
      return said.splice(0);
    };
    // As subword-nmt, SentencePiece and jieba separate; an address, and a word of one sign, are none.
    expect(words(part('training', 'Scrivi a a@b.it @@ .', '机器 翻译 的 质量 很 好 。'))).toEqual(
      [],
    );
    const pieces = part('training', 'al@@ bero', '▁tr ee');
    expect(words(pieces, { ...pieces, name: 'test' }, part('development', 'a', 'b'))).toEqual([
      expect.stringMatching(/^training, test: most sentences of the source have words in pieces/),
      expect.stringMatching(/^training, test: most sentences of the target have words in pieces/),
    ]);
    expect(words(part('training', '12', '12 alberi'))).toEqual([
      expect.stringContaining('of the source are numbers and nothing else: is the text in another'),
    ]);
    expect(words(part('training', 'Un albero.\tA tree.', '机器翻译的质量已经很好了。'))).toEqual([
      expect.stringContaining('of the source have a tab: is it a table of both sides?'),
      expect.stringContaining('of the target have no spaces between words'),
    ]);
  });

  it('tell of parts most of whose pairs are among those of training', () => {
    const said: string[] = [];
    const pairs = [
      training[1]!,
      { source: 'Il cane dorme. ', target: 'The dog sleeps.\t' },
      known[0]!,
    ];
    noticeKnown(training, { name: 'test', pairs }, (text) => said.push(text));
    noticeKnown(training, { name: 'test', pairs: pairs.slice(1) }, (text) => said.push(text));
    expect(said).toEqual(['test: 2 of 3 pairs are among those of training: its score says little']);
  });

  it('tell of references in another Unicode form, which no translation equals', () => {
    const pair = (target: string) => ({ source: 'Il gatto.', target });
    const decomposed = 'The cafe\u0301.';
    const said = notices({ minimumCount: 1 }, [...known, ...known, pair(decomposed)], []);
    expect(said[0]).toMatch(
      /^development: 1 of 3 references, the first that of pair 3, are not in/,
    );
    expect(notices({}, [...known, { ...known[0]!, target: 'The café cat.' }], [])).toEqual([]);
  });

  it('tell of a translator that is held against one of other languages', () => {
    const said: string[] = [];
    const from = (source: string, target: string) => ({ languages: { source, target } });
    const notify = (text: string) => said.push(text);
    noticeLanguages(['a', from('it', 'en')], ['b', from('it', 'en')], notify);
    noticeLanguages(['a', from('it', 'en')], ['b', from('en', 'it')], notify);
    expect(said).toEqual(['b translates from en to it, a from it to en']);
  });
});
