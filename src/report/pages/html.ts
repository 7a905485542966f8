import { createHash } from 'node:crypto';
import { visibleLines } from '../../visible.js';
import { imageUrl, readSvg } from '../figures/svg-document.js';
import { checkedColumns, type Table } from '../table.js';

/** A drawing with what it shows. */
export interface ReportFigure {
  /** A standalone SVG document, from wherever: shown as an image, in which nothing runs. */
  svg: string;
  caption: string;
}

interface ReportSound {
  /** The audio itself, as a data URL. */
  url: string;
  caption: string;
}

/** Part of a report; its contents come in this order. */
export interface ReportSection {
  heading: string;
  /** 3 for a part of the section before. */
  level?: 2 | 3;
  /** Plain text, one paragraph each. */
  paragraphs?: readonly string[];
  tables?: readonly Table[];
  figures?: readonly ReportFigure[];
  sounds?: readonly ReportSound[];
  /** Shown as it is, in a fixed-width face: a config, a command. */
  code?: string;
}

export interface Report {
  title: string;
  /** Below the title: what was run, when. Plain text. */
  subtitle?: string;
  sections: readonly ReportSection[];
}

/** The looks of every page: light and dark, narrow and wide, and on paper, where nothing scrolls. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --paper: #ffffff; --line: #d1d9e0; --band: #f6f8fa; --link: #0a58ca }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --quiet: #9198a1; --paper: #15181c; --line: #3d444d; --band: #1c2127; --link: #79b8ff }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 Helvetica, Arial, sans-serif }
main { max-width: 64rem; margin: 0 auto; padding: 2rem 1rem 4rem }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line) }
h1, h2, h3, p, a, figcaption, caption { overflow-wrap: anywhere }
p { max-width: 46rem; margin: .5rem 0 }
.subtitle, .note, figcaption { color: var(--quiet) }
.note, figcaption { font-size: .9rem }
.wide { overflow-x: auto; margin: 1rem 0 .5rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: bold; padding: .3rem 0 }
th, td { padding: .35rem .75rem; border-bottom: 1px solid var(--line); text-align: left; font-weight: normal; max-width: 36rem; overflow-wrap: break-word }
tbody th { min-width: 8rem }
thead th { background: var(--band); font-weight: bold; vertical-align: bottom }
.number { text-align: right; white-space: nowrap }
h3 { font-size: 1.05rem; margin: 2rem 0 .5rem }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem }
a { color: var(--link) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
figure { margin: 1.25rem 0 }
audio { display: block; width: 100%; max-width: 34rem; margin-top: .3rem }
figure img { display: block; max-width: 100%; height: auto }
@media (max-width: 40rem) { figure .drawing { overflow-x: auto } figure img { min-width: 34rem } }
pre { overflow-x: auto; padding: .75rem 1rem; background: var(--band); border: 1px solid var(--line); font-size: .85rem }
@media print {
  .wide, .drawing, pre { overflow: visible }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
  table { font-size: .8em }
  th, td { padding: .3em .4em }
  .number { white-space: normal }
  tbody th { min-width: 4em; overflow-wrap: anywhere }
  figure .drawing img { min-width: 0 }
  h1, h2, h3 { break-after: avoid }
  tr, figure { break-inside: avoid }
  .many { page: many }
}
@page many { size: landscape }
`;

/**
 * The head of a page, whose policy (Content Security Policy, level 3) lets it show images and sounds
 * that it holds, in its own style with the fonts that this holds, and run its own script if it has one.
 * No connection, no form, no other base for its links.
 */
export function pageHead(
  title: string,
  { style = pageStyle, script }: { style?: string; script?: string } = {},
): string {
  const policy = [
    "default-src 'none'",
    ...(script === undefined ? [] : [`script-src ${hash(script)}`]),
    `style-src ${hash(style)}`,
    ...(style.includes('@font-face') ? ['font-src data:'] : []),
    'img-src data:',
    'media-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>`;
}

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * A report as one HTML page: nothing is fetched, nothing is run, readable on light and dark paper
 * and on a narrow screen, where wide tables and figures scroll by themselves. All of it may come from
 * anyone: text is escaped, figures are images, and a policy forbids the rest.
 *
 * @throws RangeError for a table row that does not fill its columns, or a figure that is not SVG
 */
export function htmlReport({ title, subtitle, sections }: Report): string {
  return `${pageHead(title)}
<body>
<main>
<header>
<h1>${escapeHtml(title)}</h1>
${subtitle ? `<p class="subtitle">${escapeHtml(subtitle)}</p>\n` : ''}</header>
${contentsHtml(sections)}${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

/** Links to the sections of a page that has several. */
function contentsHtml(sections: readonly ReportSection[]): string {
  const links = sections.flatMap(({ heading, level = 2 }, index) =>
    level === 2 ? [`<li><a href="#section-${index + 1}">${escapeHtml(heading)}</a></li>`] : [],
  );
  if (links.length < 3) return '';
  return `<nav aria-label="Contents"><ul>\n${links.join('\n')}\n</ul></nav>\n`;
}

function sectionHtml(section: ReportSection, index: number): string {
  const { heading, level = 2, paragraphs = [], tables = [], figures = [], code } = section;
  const { sounds = [] } = section;
  const parts = [
    `<h${level} id="section-${index + 1}">${escapeHtml(heading)}</h${level}>`,
    ...paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    ...tables.map(tableHtml),
    ...figures.map(figureHtml),
    ...sounds.map(soundHtml),
    // What scrolls must be reachable by keys.
    ...(code === undefined ? [] : [`<pre tabindex="0"><code>${escapeHtml(code)}</code></pre>`]),
  ];
  return `<section>\n${parts.join('\n')}\n</section>`;
}

/** The first column names the row. The table scrolls in a box of its own that keys can reach. */
/** Tables of more columns than these are printed on their side. */
const mostUpright = 10;

function tableHtml(table: Table): string {
  const { caption, rows, notes = [] } = table;
  const columns = checkedColumns(table);
  const side = (column: number) => (columns[column]!.align === 'right' ? ' class="number"' : '');
  const head = columns.map(({ heading }, column) =>
    // A header that says nothing is none.
    heading === '' ? '<td></td>' : `<th scope="col"${side(column)}>${escapeHtml(heading)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0
        ? `<th scope="row"${side(column)}>${escapeHtml(cell)}</th>`
        : `<td${side(column)}>${escapeHtml(cell)}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  const width = columns.length > mostUpright ? 'wide many' : 'wide';
  return [
    `<div class="${width}" role="group" tabindex="0" aria-label="${escapeHtml(caption ?? 'Table')}">`,
    '<table>',
    ...(caption ? [`<caption>${escapeHtml(caption)}</caption>`] : []),
    `<thead><tr>${head.join('')}</tr></thead>`,
    `<tbody>\n${body.join('\n')}\n</tbody>`,
    '</table>',
    '</div>',
    ...notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`),
  ].join('\n');
}

function figureHtml({ svg, caption }: ReportFigure): string {
  const { fault, description = caption } = readSvg(svg);
  if (fault) throw new RangeError(`the figure '${caption}' ${fault}`);
  const label = escapeHtml(`Figure: ${caption}`);
  const image = `<img alt="${escapeHtml(description)}" src="${imageUrl(svg)}">`;
  return `<figure>\n<div class="drawing" role="group" tabindex="0" aria-label="${label}">${image}</div>\n<figcaption>${escapeHtml(caption)}</figcaption>\n</figure>`;
}

function soundHtml({ url, caption }: ReportSound): string {
  const text = escapeHtml(caption);
  return `<figure>\n<figcaption>${text}</figcaption>\n<audio controls preload="metadata" aria-label="${text}" src="${escapeHtml(url)}"></audio>\n</figure>`;
}

/** Text from wherever, for a page. */
export function escapeHtml(text: string): string {
  return visibleLines(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
