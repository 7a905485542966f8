import { describe, expect, it } from 'vitest';
import { detokenise, tokenise } from './parallel-tokens.js';
import { writingOf } from './writing.js';

/** Sentences as people write them in a language. */
const texts: Record<string, string[]> = {
  es: ['¿Dónde está la casa?', 'Dijo: ¡hola, Juan!', '«Ven aquí», dijo.'],
  it: ['Disse: «Vieni qui».', 'La «rosa» è rossa.'],
  fr: ['Il dit : « Viens ici ! »', 'La « rose » est rouge.'],
  de: ['Er sagte: „Komm her.“', 'Die „Rose“ ist rot.'],
  da: ['Han sagde: »Kom her.«', 'En »rose« er rød.'],
  pt: ['Ele disse: “Olá”.', 'A “rosa” é bela.'],
  hi: ['मैं घर जाता हूँ। वह भी।'],
  fa: ['سلام، خوبی؟', 'من می‌خواهم بروم.'],
  zh: ['今天很冷，我回家。他也是。'],
  ca: ["La col·lecció de l'aigua."],
  en: ['It costs €5.', 'Thumbs 👍🏽, a family 👩‍👩‍👧 and a heart ❤️.', 'One – or two.'],
};

describe('how texts are written', () => {
  it.each(Object.entries(texts))('is kept where %s is set together again', (language, list) => {
    const { marks } = writingOf(list, language);
    const again = list.map((text) =>
      detokenise(tokenise(text, { lowercase: false }), { language, marks }),
    );
    expect(again).toEqual(list);
  });

  it('is how most of them are, in tokenised text as well', () => {
    const { marks } = writingOf(['¿ qué ?', 'oh ¿ quién ?', 'no ¿cuándo ?'], 'es');
    expect(marks['¿']).toEqual([false, false]);
  });

  it('leaves what is of ASCII, and what no text tells, to the rules', () => {
    const { marks } = writingOf(['a . b', '…'], 'en');
    expect(marks).toEqual({ '…': [true, false] });
  });

  it('is with a capital where most begin with one, behind marks but not behind a number', () => {
    const capital = (...list: string[]) => writingOf(list, 'en').capital;
    expect(capital('A dog.', '“The cat.', 'e-mail')).toBe(true);
    expect(capital('a dog.', 'the cat.', 'I see.')).toBe(false);
    expect(capital('3 Dogs.', 'a dog.')).toBe(false);
    // These letters have capitals, which no sentence begins with.
    expect(capital('გამარჯობა მსოფლიო.')).toBe(false);
    // Without letters that have capitals, it is all the same.
    expect(capital('你好', '5')).toBe(true);
  });
});
