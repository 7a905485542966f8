import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeReport } from '../src/experiments/results/report.js';
import { htmlReport } from '../src/report/pages/html.js';
import { readSvg } from '../src/report/figures/svg-document.js';
import { chromiumPath, inChromium, startChromium } from './chromium.js';
import { serve, type FileServer } from './file-server.js';
import { temporaryFolder } from './temporary-folder.js';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

/** Runs when the page lets it: leaves a mark, and sends a request to `url`. */
const script = (url: string) => `globalThis.owned=1;fetch('${url}/fetch');location='${url}/moved'`;

/** What a drawing can hold that runs, fetches or leads away, each with its own address. */
const insides = (url: string): Record<string, string> => ({
  script: `<script>${script(url)}</script>`,
  'script in CDATA': `<script><![CDATA[${script(url)}]]></script>`,
  'script from elsewhere': `<script href="${url}/a.js"/><script xlink:href="${url}/b.js"/>`,
  'image with onerror': `<image href="x:" onerror="${script(url)}"/>`,
  'image from elsewhere': `<image href="${url}/a.png" width="9" height="9"/>`,
  'animation with onbegin': `<animate attributeName="x" dur="1s" onbegin="${script(url)}"/>`,
  'use of another document': `<use href="${url}/a.svg#a"/><use xlink:href="data:image/svg+xml,%3Csvg id='a' xmlns='http://www.w3.org/2000/svg' onload='${encodeURIComponent(script(url))}'/%3E#a"/>`,
  link: `<a href="${url}/clicked" target="_top"><rect width="400" height="400"/></a>`,
  'link that runs': `<a xlink:href="javascript:${script(url)}"><rect width="400" height="400"/></a>`,
  'link set by animation': `<a><set attributeName="href" to="javascript:${script(url)}"/><animate attributeName="href" values="${url}/clicked"/><rect width="400" height="400"/></a>`,
  'style sheet by @import': `<style>@import url(${url}/a.css); @import '${url}/b.css';</style>`,
  'style with url()': `<style>rect { fill: url(${url}/a.svg#p); background: url(${url}/a.png) } @font-face { font-family: x; src: url(${url}/a.woff) }</style><text font-family="x" style="mask: url('${url}/m.svg#m')">x</text><rect width="9" height="9"/>`,
  'filter that fetches': `<filter id="f"><feImage href="${url}/a.png"/></filter><rect filter="url(#f)" width="9" height="9"/>`,
  'HTML inside': `<foreignObject width="400" height="400"><body xmlns="http://www.w3.org/1999/xhtml"><img src="${url}/a.png" onerror="${script(url)}"/><iframe src="${url}/frame"></iframe><object data="${url}/object"></object><embed src="${url}/embed"/><link rel="stylesheet" href="${url}/a.css"/><meta http-equiv="refresh" content="0;url=${url}/refresh"/><form action="${url}/form"><input type="submit" autofocus="" onfocus="${script(url)}"/></form><video src="${url}/video" autoplay=""/><base href="${url}/base/"/></body></foreignObject>`,
});

/** Drawings that would take over a page they are pasted into. */
function drawings(url: string): Record<string, string> {
  const root = `svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="400" height="400"`;
  const whole = Object.entries(insides(url)).map(([name, inside]) => [
    name,
    `<${root}>${inside}</svg>`,
  ]);
  const html = `<img src=${url}/a.png onerror="${script(url)}"><meta http-equiv=refresh content="0;url=${url}/refresh"><link rel=stylesheet href=${url}/a.css><form action=${url}/form><button>go</button></form><base href=${url}/base/>`;
  return {
    ...Object.fromEntries(whole),
    onload: `<${root} onload="${script(url)}"/>`,
    'entity that hides an element': `<!DOCTYPE svg [<!ENTITY x '<script xmlns="http://www.w3.org/2000/svg">${script(url)}</script>'><!ENTITY y SYSTEM "${url}/entity">]><${root}>&x;&y;</svg>`,
    'entities that grow': `<!DOCTYPE svg [${Array.from({ length: 9 }, (_, n) => `<!ENTITY e${n} "${n === 0 ? 'ha' : `&e${n - 1};`.repeat(10)}">`).join('')}]><${root}><text>&e8;</text></svg>`,
    'external document type': `<!DOCTYPE svg PUBLIC "x" "${url}/svg.dtd"><${root}/>`,
    'style sheet of the document': `<?xml-stylesheet href="${url}/a.css"?><?xml-stylesheet type="text/xsl" href="${url}/a.xsl"?><${root}/>`,
    'end of a style': `<${root}><style>/* </style></svg></div>${html}<svg><style>*/</style></svg>`,
    'end of a comment': `<${root}><!--> ${html} --></svg>`,
    'end of a CDATA section': `<${root}><title><![CDATA[</title>${html}]]></title></svg>`,
    'end of the image': `<${root}><title>"&gt;'>${html}</title></svg>`,
    'end of the page': `<${root}></svg></figure></main></body></html>${html}`,
    'HTML in the title': `<${root}><title>${html.replaceAll('<', '&lt;')}</title></svg>`,
    'nothing but HTML': html,
  };
}

/** Texts that would leave their place in the page. */
const texts = (url: string) => [
  `<script>${script(url)}</script>`,
  `"><img src=${url}/a.png onerror="${script(url)}">`,
  `' onmouseover='${script(url)}' autofocus onfocus='${script(url)}' x='`,
  `</title></style></code></pre></table><svg onload="${script(url)}">`,
  `<meta http-equiv=refresh content="0;url=${url}/refresh">`,
  `\u202e\u2028\u0000<base href=${url}/base/>`,
  `javascript:${script(url)}`,
  '{{constructor.constructor("owned=1")()}}',
];

const folder = temporaryFolder('attack');

describe.skipIf(chromiumPath === undefined)(inChromium('a report attacked in Chromium'), () => {
  let browser: Browser;
  let server: FileServer;
  beforeAll(async () => {
    browser = await startChromium();
    server = await serve((response) => response.writeHead(204).end());
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Opens the page, moves over it, clicks on all of it, and says what happened that must not. */
  async function attack(html: string, { clicks = true } = {}) {
    const path = join(folder, 'page.html');
    writeFileSync(path, html);
    const before = server.requests.length;
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
    const page = await context.newPage();
    const happened: string[] = [];
    context.on('page', () => happened.push('another page opened'));
    page.on('dialog', (dialog) => {
      happened.push('a dialog');
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) happened.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(path).href, { waitUntil: 'load' });
    await page.waitForTimeout(100);
    if (clicks) {
      for (const place of await page.locator('img, figcaption, td, th, h1, h2, pre').all()) {
        await place.click({ timeout: 5000, force: true });
      }
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
    }
    await page.waitForTimeout(100);
    const seen = (await page.evaluate(`({
      owned: 'owned' in globalThis,
      elements: [...new Set([...document.querySelectorAll('*')].map((one) => one.localName))],
      handlers: [...document.querySelectorAll('*')].some((one) =>
        [...one.attributes].some(({ name }) => name.startsWith('on'))),
      base: document.baseURI,
    })`)) as { owned: boolean; elements: string[]; handlers: boolean; base: string };
    if (page.url() !== pathToFileURL(path).href) happened.push(`moved to ${page.url()}`);
    if (page.frames().length > 1) happened.push('a frame');
    if (seen.owned) happened.push('a script ran');
    if (server.requests.length > before) happened.push('a request arrived');
    await context.close();
    return { happened, ...seen };
  }

  /** All that a page is made of. */
  const elements = new Set(
    (
      'html head meta title style body main header h1 h2 h3 p nav ul li a section div table caption ' +
      'thead tbody tr th td figure img figcaption audio pre code'
    ).split(' '),
  );
  const expectQuiet = ({
    happened,
    elements: seen,
    handlers,
    base,
  }: Awaited<ReturnType<typeof attack>>) => {
    expect(happened).toEqual([]);
    expect(seen.filter((name) => !elements.has(name))).toEqual([]);
    expect(handlers).toBe(false);
    expect(base).toMatch(/^file:.*page\.html$/);
  };

  it('by every figure as an image: no request, no script, no navigation', async () => {
    const figures = Object.entries(drawings(server.url)).flatMap(([caption, svg]) =>
      readSvg(svg).fault ? [] : [{ caption, svg }],
    );
    expect(figures.length).toBeGreaterThan(20);
    expectQuiet(await attack(htmlReport({ title: 't', sections: [{ heading: 'h', figures }] })));
  });

  it('by every text of a report', async () => {
    const sections = texts(server.url).map((text) => ({
      heading: text,
      paragraphs: [text],
      tables: [{ caption: text, columns: [text], rows: [[text]], notes: [text] }],
      figures: [{ svg: '<svg xmlns="http://www.w3.org/2000/svg"/>', caption: text }],
      sounds: [{ url: text, caption: text }],
      code: text,
    }));
    const [title = '', subtitle] = texts(server.url);
    expectQuiet(await attack(htmlReport({ title, subtitle: `${subtitle}`, sections })));
  });

  it('by a run directory of which every file is hostile', async () => {
    const path = join(folder, 'run');
    const words = texts(server.url);
    mkdirSync(join(path, 'figures'), { recursive: true });
    const write = (name: string, text: string) => writeFileSync(join(path, name), text);
    const config = {
      name: words[0],
      title: words[1],
      ...Object.fromEntries(words.map((word) => [word, { [word]: word }])),
    };
    write('config.yaml', JSON.stringify(config));
    write('run.log', `2026-01-02T03:04:05.000Z started: ${words[0]} ${words[1]}; engine x\n`);
    const metric = (value: number) => Object.fromEntries(words.map((word) => [word, value]));
    write(
      'metrics.jsonl',
      [1, 2, 3]
        .map((value) => `${JSON.stringify({ step: value, kind: words[0], ...metric(value) })}\n`)
        .join(''),
    );
    write(
      'result.json',
      JSON.stringify({
        experiment: words[2],
        provenance: { ...Object.fromEntries(words.map((word) => [word, word])), engine: words[0] },
        score: { name: words[1], value: 1, better: 'lower' },
      }),
    );
    const captions: Record<string, string> = {};
    Object.values(drawings(server.url)).forEach((svg, at) => {
      write(`figures/${at}.svg`, svg);
      captions[at] = words[at % words.length]!;
    });
    write('figures/"><img src=x onerror=owned=1>.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
    write('figures/captions.json', JSON.stringify(captions));
    const page = readFileSync(await writeReport(path, { dataFolder: folder }), 'utf8');
    expectQuiet(await attack(page));
  });

  it('by what is pasted into it in spite of all: the policy alone stops requests and scripts', async () => {
    const page = htmlReport({ title: 't', sections: [] });
    // A policy cannot stop a refresh, nor a link that someone follows. A frame stays empty.
    const harmless = /^(asked for|a frame)/;
    const arrived = async (html: string, inside: string) => {
      const pasted = inside.replaceAll(/<meta[^>]*refresh[^>]*>/g, '');
      const broken = html.replace(
        '</main>',
        `<svg onload="${script(server.url)}">${pasted}</svg></main>`,
      );
      const { happened } = await attack(broken, { clicks: false });
      return happened.filter((one) => !harmless.test(one));
    };
    for (const [name, inside] of Object.entries(insides(server.url))) {
      expect([name, await arrived(page, inside)]).toEqual([name, []]);
    }
    const open = page.replace(/<meta http-equiv[^>]*>/, '');
    expect(await arrived(open, '')).not.toEqual([]);
  });
});
