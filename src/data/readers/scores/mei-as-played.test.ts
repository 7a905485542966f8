import { expect, it } from 'vitest';
import { hasLooseEndings, meiDoubts } from './mei-as-played.js';

const mei = (body: string) =>
  `<mei xmlns="http://www.music-encoding.org/ns/mei"><music><body>${body}`;

it('a key is said where no note has accid.ges, which verovio needs', () => {
  const noted = (key: string, ges = '') =>
    mei(`<mdiv><staffDef ${key}/><note pname="f" ${ges}/></mdiv>`);
  const said = [expect.stringMatching(/accid.ges.* as a natural$/)];
  expect(meiDoubts(noted('keysig="1s"'))).toEqual(said);
  expect(meiDoubts(noted('key.sig="2f"'))).toEqual(said);
  expect(meiDoubts(noted('').replace('<note', '<keySig sig="3s"/><note'))).toEqual(said);
  expect(meiDoubts(noted('keysig="1s"', 'accid.ges="s"'))).toEqual([]);
  expect(meiDoubts(noted('keysig="0"'))).toEqual([]);
});

it('movements after the first are said', () => {
  expect(meiDoubts(mei('<mdiv></mdiv><mdiv n="2"></mdiv>'))).toEqual([
    '2 movements (mdiv): only the first is read',
  ]);
});

it('endings are loose where no expansion puts them in order', () => {
  expect(hasLooseEndings(mei('<ending n="1"/>'))).toBe(true);
  expect(hasLooseEndings(mei('<expansion plist="#a"/><ending n="1"/>'))).toBe(false);
  expect(hasLooseEndings('<score-partwise><ending number="1"/></score-partwise>')).toBe(false);
});
