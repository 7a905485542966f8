import { expect, it } from 'vitest';
import { alignmentPage } from './alignment-page.js';

const audioOf = (...samples: number[]) => ({
  sampleRate: 8000,
  samples: Float32Array.from(samples),
});
const pageWith = (audio: ReturnType<typeof audioOf>, ...drawings: string[]) =>
  alignmentPage({
    ...{ title: 't', subtitle: 's', remarks: [], notes: [], events: [], soft: [], audio },
    drawings: drawings.map((inside) => `<svg xmlns="http://www.w3.org/2000/svg">${inside}</svg>`),
  });

const pageOf = (...drawings: string[]) => pageWith(audioOf(0, 1), ...drawings);

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

it('the recording is as loud as 16 bits hold it, whatever its samples were', () => {
  const samplesOf = (page: string) => {
    const [, data] = /src="data:audio\/wav;base64,([^"]+)"/.exec(page)!;
    const bytes = Buffer.from(data!, 'base64').subarray(44);
    return Array.from({ length: bytes.length / 2 }, (_, n) => bytes.readInt16LE(2 * n));
  };
  const loud = samplesOf(pageWith(audioOf(0, 5000, 10_000, -20_000)));
  expect(loud).toEqual([0, 0.225, 0.45, -0.9].map((part) => Math.round(part * 32_768)));
  expect(samplesOf(pageWith(audioOf(0, 5e-6, 1e-5, -2e-5)))).toEqual(loud);
});
