import { describe, expect, it } from 'vitest';
import { imageUrl, readSvg } from './svg-document.js';
import { dagFigure } from './dag-figure.js';

const root = 'svg xmlns="http://www.w3.org/2000/svg"';

describe('readSvg', () => {
  it('takes the figures of this project as they are, with what they say of themselves', () => {
    const { fault, active, description } = readSvg(dagFigure());
    expect([fault, active]).toEqual([undefined, false]);
    expect(description).toMatch(/\w{3,}/);
  });

  it.each([
    ['its description', `<${root}><title>t</title><desc>d &lt; e</desc></svg>`, 'd < e'],
    ['its title', `<${root}><title> t </title><g><desc>of a part</desc></g></svg>`, 't'],
    ['nothing', `<${root}/>`, undefined],
  ])('reads %s', (_, svg, text) => {
    expect(readSvg(svg)).toEqual({ fault: undefined, active: false, description: text });
  });

  it.each([
    ['a picture', 'PNG', 'is not an SVG document'],
    ['an empty file', '', 'is not an SVG document'],
    ['a page', '<html><svg/></html>', 'is not an SVG document'],
    ['two drawings', `<${root}/><${root}/>`, 'is not an SVG document'],
    ['one cut off', `<${root}><g><rect/>`, 'is damaged: its <g> does not end'],
    [
      'crossed elements',
      `<${root}><g><text></g></text></svg>`,
      'is damaged: its <text> does not end',
    ],
    ['200,000 levels', `<${root}>${'<g>'.repeat(200_000)}`, 'has more than 512 elements inside'],
  ])('refuses %s', (_, svg, fault) => {
    expect(readSvg(svg).fault).toContain(fault);
  });

  it('tells what is drawn from what would run or fetch', () => {
    const drawn = [
      '<use href="#a"/><use xlink:href="#a"/>',
      '<rect fill="url(#p)" style="mask: url(\'#m\')"/>',
      '<style>rect { fill: url(#p) }</style><text>url(x) onload= @import</text>',
      '<set attributeName="fill" to="red"/>',
    ];
    for (const inside of drawn) expect(readSvg(`<${root}>${inside}</svg>`).active).toBe(false);
    const active = [
      '<script/>',
      '<SCRIPT/>',
      '<x:script xmlns:x="http://www.w3.org/2000/svg"/>',
      '<foreignObject/>',
      '<rect onclick="x"/>',
      '<rect ONCLICK="x"/>',
      '<image href="x.png"/>',
      '<image href="data:image/svg+xml,x"/>',
      '<use xlink:href=" http://x/#a"/>',
      '<a href="#a"/>',
      '<set attributeName="href" to="x"/>',
      '<rect fill="url(http://x)"/>',
      '<style>@import "x"</style>',
      '<style>a { b: url( "x") }</style>',
      '<style><![CDATA[a { b: url(x) }]]></style>',
      '<style>a { b: u&#114;l(x) }</style>',
    ];
    for (const inside of active) {
      expect([inside, readSvg(`<${root}>${inside}</svg>`).active]).toEqual([inside, true]);
    }
    expect(readSvg(`<?xml-stylesheet href="x"?><${root}/>`).active).toBe(true);
    expect(readSvg(`<!DOCTYPE svg [<!ENTITY a "b">]><${root}/>`).active).toBe(true);
  });
});

describe('imageUrl', () => {
  it('holds the drawing as UTF-8, whatever its declaration says', () => {
    const url = imageUrl(`\ufeff<?xml version="1.0" encoding="ISO-8859-1"?>\n<${root}>ü</svg>\n`);
    const [head, data] = url.split(',') as [string, string];
    expect(head).toBe('data:image/svg+xml;charset=utf-8;base64');
    expect(Buffer.from(data, 'base64').toString()).toBe(`<${root}>ü</svg>`);
  });
});
