import { readFileSync } from 'node:fs';
import type { Audio } from '../../data/readers/audio/wav.js';
import { projectFile } from '../../project-file.js';
import type { AlignmentPageData } from './alignment-page-script.js';
import { escapeHtml, pageHead, pageStyle } from './html.js';
import { excerptOf, resample, wavUrl } from './sound.js';
import { readSvg } from '../figures/svg-document.js';

export interface AlignmentPage extends AlignmentPageData {
  title: string;
  /** Plain text. */
  subtitle: string;
  /** What is to be said of the recording, each in a sentence. */
  remarks: readonly string[];
  audio: Audio;
  /** The score as SVG documents; elements have the ids of notes. */
  drawings: readonly string[];
}

const style = `${pageStyle}
.player { position: sticky; top: 0; z-index: 1; background: var(--paper); padding: .5rem 0; border-bottom: 1px solid var(--line) }
.player audio { max-width: none }
.score { overflow: auto; max-height: 60vh; border: 1px solid var(--line); padding: .5rem }
.score svg { display: block; color: var(--ink) }
.score > svg:not(.roll) { width: 100%; min-width: 40rem; height: auto; fill: var(--ink) }
.score svg path, .score svg rect, .score svg polygon, .score svg polyline, .score svg ellipse { stroke: currentColor }
.score svg text { fill: currentColor }
.score .ending, .score .fing, .score .reh, .score .tempo { font-weight: bold }
.score .dir, .score .dynam, .score .mNum { font-style: italic }
.score .note { cursor: pointer }
.score .roll .note { fill: var(--quiet); stroke: none }
.score .octave { stroke: var(--line) }
.score .doubtful, .score .roll .doubtful { color: var(--doubt); fill: var(--doubt) }
.score .lit, .score .roll .lit { color: var(--link); fill: var(--link); stroke: var(--link) }
:root { --doubt: #b3420a }
@media (prefers-color-scheme: dark) { :root { --doubt: #ff9955 } }
canvas { display: block; width: 100%; height: 16rem; border: 1px solid var(--line); cursor: pointer }
.gamma { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .5rem 0 }
.gamma input { flex: 1 1 12rem; max-width: 30rem }
button { font: inherit; color: var(--link); background: none; border: 1px solid var(--line); border-radius: .3rem; padding: .2rem .5rem; cursor: pointer }
.places { display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; list-style: none; max-height: 14rem; overflow: auto }
.quiet { color: var(--quiet) }
@media print {
  .player { position: static }
  .score, .places { max-height: none }
  .score > svg:not(.roll) { min-width: 0 }
}
`;

/** Recordings are kept at these rates, by their length in seconds: a page is one file. */
const rates: readonly [seconds: number, rate: number][] = [
  [300, 22_050],
  [1800, 11_025],
  [Infinity, 8_000],
];

/**
 * An alignment as one HTML page that fetches nothing: the score with the sounding notes lit while the
 * recording plays, a click on a note plays from there, the soft alignment below by γ, doubtful places
 * marked. Its one script is allowed by its hash; text is escaped, and drawings that could run are refused.
 *
 * @throws RangeError for a drawing that is damaged, or would run or fetch something
 */
export function alignmentPage(page: AlignmentPage): string {
  const { title, subtitle, remarks, audio, drawings, notes, events, soft } = page;
  const plain = drawings.map(withoutStyle);
  for (const svg of plain) {
    const { fault, active } = readSvg(svg);
    if (fault !== undefined || active) {
      throw new RangeError(`the drawing of the score ${fault ?? 'would run or fetch something'}`);
    }
  }
  const script = readFileSync(projectFile('dist/report/pages/alignment-page-script.js'), 'utf8')
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .trim();
  const seconds = audio.samples.length / audio.sampleRate;
  const rate = rates.find(([most]) => seconds <= most)![1];
  const reduced = audio.sampleRate > rate ? resample(audio, rate) : audio;
  // Samples of float files may be of any size, and 16 bits hold none above 1.
  const sound = excerptOf(reduced, [0, seconds]);
  const data: AlignmentPageData = { notes, events, soft };
  const fonts = [...new Set(drawings.flatMap(fontFaces))].join('');
  return `${pageHead(title, { style: `${style}${fonts}`, script })}
<body>
<main>
<header>
<h1>${escapeHtml(title)}</h1>
<p class="subtitle">${escapeHtml(subtitle)}</p>
${remarks.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
</header>
<section class="player" aria-label="Player">
<audio controls preload="auto" aria-label="The recording" src="${wavUrl(sound)}"></audio>
<p class="quiet" aria-live="polite"></p>
</section>
<section>
<h2>The score</h2>
<p class="quiet">A click on a note plays from there. With the score in focus, the arrow keys go from event to
event, and space plays and pauses.</p>
<div class="score" role="group" tabindex="0" aria-label="The score">
${plain.join('\n')}
</div>
</section>
${soft.length > 0 ? softSection : ''}
<section class="doubts" hidden>
<h2>Doubtful places</h2>
<ul class="places"></ul>
</section>
</main>
<script type="application/json">${jsonFor(data)}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

const softSection = `<section>
<h2>The soft alignment</h2>
<p class="quiet">A row is an event of the score, the darker the more probable that it begins there; the line is
now. A larger γ spreads it.</p>
<p class="gamma"><label for="gamma">γ</label><input id="gamma" type="range" min="0" step="1"><output for="gamma"></output></p>
<canvas role="img" aria-label="The soft alignment around now"></canvas>
</section>`;

/**
 * The fonts that a drawing holds, as rules: verovio writes dynamics and the notes of metronome marks as
 * text in its music font.
 */
const fontFaces = (svg: string) =>
  Array.from(
    svg.matchAll(
      /@font-face\s*\{\s*font-family:\s*'([\w ]+)';\s*src:\s*url\((data:application\/font-woff2;charset=utf-8;base64,[\w+/=]+)\)/g,
    ),
    ([, family, url]) => `@font-face { font-family: '${family}'; src: url(${url}) }\n`,
  );

/** Verovio's style sheet would need a hash of its own; its rules stand above. */
const withoutStyle = (svg: string) =>
  svg.replace(/<\?xml[^>]*>/, '').replace(/<style[^>]*>[^]*?<\/style>/g, '');

/** JSON that ends no script element. */
const jsonFor = (data: AlignmentPageData) => JSON.stringify(data).replaceAll('<', '\\u003c');
