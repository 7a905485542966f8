import { plot, type PlotOptions } from '@observablehq/plot';
import { DOMParser } from 'linkedom';
import { visibleLines } from '../../visible.js';
import { tickLabelRoom } from './axis-room.js';

/** A plot at a place on a sheet. Lengths in pixels of the sheet. */
export interface Panel {
  left: number;
  top: number;
  /** Set above the plot, over its left margin. */
  title?: string;
  options: PlotOptions & { width: number; height: number };
}

/** What a colour means. `opacity` makes a filled square, otherwise the key is a line. */
export interface LegendEntry {
  label: string;
  colour: string;
  opacity?: number;
  dashed?: boolean;
}

/** Plots set beside each other under one title, with one legend. */
export interface Sheet {
  title: string;
  /** For readers who cannot see it: what is drawn, in a sentence or two. */
  description: string;
  width: number;
  height: number;
  legend?: readonly LegendEntry[];
  panels: readonly Panel[];
}

/** Mid-tones that keep a contrast of 3 or more against both papers. */
export const colours = {
  blue: '#2f7fd1',
  orange: '#d9660f',
  grey: '#7d838c',
  green: '#2a9264',
  purple: '#9467bd',
  red: '#d1495b',
} as const;

/** Each Ω has one colour in all figures that hold several beside each other. */
export const omegaColours = {
  negentropy: colours.blue,
  l2: colours.orange,
  entmax15: colours.purple,
  hard: colours.grey,
} as const;

/** Axes with the quantity's name in the middle, clear of the tick labels; no arrow. */
export const xAxis = { labelAnchor: 'center', labelArrow: 'none', labelOffset: 38 } as const;
export const yAxis = { labelAnchor: 'center', labelArrow: 'none', labelOffset: 48 } as const;
/** Room for those axes, and for a panel's title. */
export const margins = {
  marginTop: 30,
  marginLeft: 58,
  marginRight: 14,
  marginBottom: 44,
} as const;

/** Where the panels may begin: below the title, and the legend if there is one. */
export const headerHeight = { title: 40, legend: 64 } as const;

/** A text without its middle where it has more letters: names often differ at their ends, too. */
export function withoutMiddle(text: string, mostLetters: number): string {
  const letters = [...text];
  if (letters.length <= mostLetters) return text;
  const after = Math.floor(mostLetters / 2);
  return `${letters.slice(0, mostLetters - after - 1).join('')}…${letters.slice(-after).join('')}`;
}

const fontSize = 11;
/** In pixels, of a letter in the title, in the legend, and there where the text ends at the sheet's edge. */
const letterWidth = { title: 8.8, legend: 5.7, widest: 6.4 } as const;
const margin = 16;
const legendTop = 48;

/**
 * Colours that follow the reader's scheme. Rules, not custom properties: several SVG viewers do
 * not know var(). Scoped by class, since a report holds several figures in one document.
 */
const style = `
.didyprog-figure { color: #1f2328 }
.didyprog-figure .paper { fill: #ffffff }
.didyprog-figure .halo text { stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; paint-order: stroke }
@media (prefers-color-scheme: dark) {
.didyprog-figure { color: #e4e7eb }
.didyprog-figure .paper { fill: #15181c }
.didyprog-figure .halo text { stroke: #15181c }
}
`;

/**
 * Draws a sheet as a standalone SVG document, readable on light and on dark paper. The same sheet
 * gives the same bytes: no generated names, coordinates rounded to a hundredth of a pixel.
 */
export function drawSheet({ title, description, width, height, legend, panels }: Sheet): string {
  // An XML document, since an HTML one would not escape attributes as XML wants it.
  const empty = new DOMParser().parseFromString(`<svg xmlns="${namespace}"/>`, 'image/svg+xml');
  const document = empty as unknown as Document;
  const add = adder(document);
  const svg = setAttributes(document.documentElement, {
    class: 'didyprog-figure',
    role: 'img',
    'aria-label': title,
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    fill: 'currentColor',
    'font-family': 'Helvetica, Arial, sans-serif',
    'font-size': fontSize,
  });
  add(svg, 'title', {}, title);
  add(svg, 'desc', {}, description);
  add(svg, 'style', {}, style);
  add(svg, 'rect', { class: 'paper', width, height });
  const shortTitle = withoutMiddle(title, Math.floor((width - 2 * margin) / letterWidth.title));
  add(svg, 'text', { x: margin, y: 26, 'font-size': 15, 'font-weight': 'bold' }, shortTitle);
  if (legend) drawLegend(add, svg, legend, width);
  for (const panel of panels) drawPanel(document, add, svg, panel);
  roundCoordinates(svg);
  showCharacters(svg);
  return `${svg.outerHTML}\n`;
}

const namespace = 'http://www.w3.org/2000/svg';

type Attributes = Record<string, string | number>;

type Add = (parent: Element, name: string, attributes: Attributes, text?: string) => Element;

function setAttributes(element: Element, attributes: Attributes): Element {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

function adder(document: Document): Add {
  return (parent, name, attributes, text) => {
    const element = document.createElementNS(namespace, name);
    setAttributes(element, attributes);
    if (text !== undefined) element.textContent = text;
    parent.appendChild(element);
    return element;
  };
}

function drawPanel(document: Document, add: Add, svg: Element, panel: Panel): void {
  const { left, top, title, options } = panel;
  const group = add(svg, 'g', {
    transform: `translate(${left},${top})`,
    'text-anchor': 'middle',
  });
  if (title) {
    add(
      group,
      'text',
      {
        x: options.marginLeft ?? 40,
        y: 20,
        'font-size': 12,
        'font-weight': 'bold',
        'text-anchor': 'start',
      },
      title,
    );
  }
  // The plot's own <svg> would bring a style block and, nested in a page, a size of its own.
  const drawn = plotWithRoom({ ...options, document, className: 'plot' });
  for (const child of [...drawn.childNodes]) {
    if (child.nodeName.toLowerCase() === 'style') continue;
    labelsToClasses(child as Element);
    group.appendChild(child);
  }
}

/** Above the numbers beside a y axis stands its label, turned: so much from the sheet's edge. */
const labelWidth = 15;
const labelMiddle = 10;

/** A plot whose left margin holds the numbers of its y axis, however long they are. */
function plotWithRoom(options: PlotOptions): Element {
  const drawn = plot(options);
  const room = tickLabelRoom(drawn, fontSize) + labelWidth;
  // Names have the room that was made for them.
  const hasNumbers = options.y?.type !== 'point' && options.y?.type !== 'band';
  if (!hasNumbers || room <= (options.marginLeft ?? 40)) return drawn;
  return plot({
    ...options,
    marginLeft: room,
    y: { ...options.y, labelOffset: room - labelMiddle },
  });
}

/**
 * Plot labels its groups, which have no role to carry a label; the sheet describes the whole. The class that a mark
 * has for the style stays.
 */
function labelsToClasses(element: Element): void {
  const label = element.getAttribute?.('aria-label');
  if (label) {
    element.removeAttribute('aria-label');
    element.setAttribute('class', [element.getAttribute('class'), label].filter(Boolean).join(' '));
  }
  for (const child of [...(element.children ?? [])]) labelsToClasses(child);
}

const legendLine = 18;

/** How much lower the panels must begin because a legend takes more than one line. */
export function legendOverflow(entries: readonly LegendEntry[], width: number): number {
  return (legendPlaces(entries, width).at(-1)?.line ?? 0) * legendLine;
}

/** Where each entry goes: as many on a line as there is room for. */
function legendPlaces(
  entries: readonly LegendEntry[],
  width: number,
): { x: number; line: number }[] {
  let x = margin;
  let line = 0;
  return entries.map(({ label }) => {
    const length = 21 + letterWidth.legend * [...label].length;
    if (x > margin && x + length > width) {
      x = margin;
      line++;
    }
    const place = { x, line };
    x += length + 16;
    return place;
  });
}

function drawLegend(add: Add, svg: Element, entries: readonly LegendEntry[], width: number): void {
  const places = legendPlaces(entries, width);
  const mostLetters = Math.floor((width - 2 * margin - 21) / letterWidth.widest);
  entries.forEach(({ label, colour, opacity, dashed }, index) => {
    const { x, line } = places[index]!;
    const y = legendTop + line * legendLine;
    if (opacity !== undefined) {
      const square = { x, y: y - 9, width: 16, height: 10 };
      add(svg, 'rect', { ...square, fill: colour, 'fill-opacity': opacity });
    } else {
      const stroke = { d: `M${x},${y - 4}h16`, stroke: colour, 'stroke-width': 2.5 };
      add(svg, 'path', dashed ? { ...stroke, 'stroke-dasharray': '4,3' } : stroke);
    }
    add(svg, 'text', { x: x + 21, y }, withoutMiddle(label, mostLetters));
  });
}

/** XML has no control characters, no halves of surrogate pairs, and not these two, even escaped. */
const xmlText = (text: string) =>
  visibleLines(text).replace(/[\ufffe\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16)}`);

/** Words, types and names are anyone's: in a figure they are as on the terminal, or it is no XML. */
function showCharacters(node: Node): void {
  for (const attribute of (node as Partial<Element>).attributes ?? []) {
    attribute.value = xmlText(attribute.value);
  }
  for (const child of node.childNodes) {
    if (child.nodeType === 3) child.nodeValue = xmlText(child.nodeValue!);
    else showCharacters(child);
  }
}

const coordinates = new Set(
  'x y x1 y1 x2 y2 cx cy r d dx dy width height transform points stroke-width'.split(' '),
);

/** A hundredth of a pixel: files stay small, and the last bit of an exponential plays no part. */
function roundCoordinates(element: Element): void {
  for (const attribute of [...element.attributes]) {
    if (!coordinates.has(attribute.name)) continue;
    attribute.value = attribute.value.replace(/-?\d+\.\d+(e-?\d+)?/g, (number) =>
      String(Math.round(Number(number) * 100) / 100 || 0),
    );
  }
  for (const child of [...element.children]) roundCoordinates(child);
}
