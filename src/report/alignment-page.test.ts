import { expect, it } from 'vitest';
import { alignmentPage } from './alignment-page.js';

const pageOf = (...drawings: string[]) =>
  alignmentPage({
    ...{ title: 't', subtitle: 's', remarks: [], notes: [], events: [], soft: [] },
    audio: { sampleRate: 8000, samples: Float32Array.of(0, 1) },
    drawings: drawings.map((inside) => `<svg xmlns="http://www.w3.org/2000/svg">${inside}</svg>`),
  });

const fontFace = (url: string) =>
  `<style type="text/css">@font-face {\n  font-family: 'Leipzig';\n  src: url(${url}) format('woff2');\n}</style>`;
const held = 'data:application/font-woff2;charset=utf-8;base64,d09GMg/+8=';

it('a font that drawings hold is in the style of the page once, and its policy allows it', () => {
  const page = pageOf(fontFace(held), `<text>p</text>${fontFace(held)}`);
  expect(page.split(held)).toHaveLength(2);
  expect(page).toContain('font-src data:;');
  expect(page.match(/<style/g)).toHaveLength(1);
  expect(pageOf('<text>p</text>')).not.toContain('font-src');
});

it('a font that would be fetched is left out, and what would run is refused', () => {
  const page = pageOf(fontFace('https://example.org/f.woff2'));
  expect(page).not.toContain('example.org');
  expect(page).not.toContain('font-src');
  expect(() => pageOf('<script>x</script>')).toThrow(
    'the drawing of the score would run or fetch something',
  );
});
