import { Parser } from 'htmlparser2';

/** What is known of a drawing without drawing it. */
export interface SvgDocument {
  /** Why it cannot be shown, as the end of a sentence: 'is not an SVG document'. */
  fault: string | undefined;
  /** What it says of itself: its description, else its title. */
  description: string | undefined;
  /** Whether it would run or fetch something where it is opened by itself: as an image it does not. */
  active: boolean;
}

/** Deeper nesting than any drawing has; a browser gives up somewhere above. */
const mostDepth = 512;
/** Read in pieces, so that a fault at the beginning ends the work. */
const pieceLength = 65_536;

const activeElements =
  /(^|:)(script|foreignObject|handler|listener|a|iframe|object|embed|audio|video|link|meta|base|form)$/i;
const reference = /^([\w-]+:)?(href|src|action|formaction|data)$/i;
/** A style that refers to anything but a part of the drawing. */
const foreignStyle = /@import|url\(\s*(?!["']?#)/i;

/** Reads through a drawing, in time proportional to its length whatever is in it. */
export function readSvg(svg: string): SvgDocument {
  const texts = { desc: '', title: '' };
  let reading: keyof typeof texts | undefined;
  let depth = 0;
  let roots = 0;
  let fault: string | undefined;
  let active = false;
  let style = '';
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        depth++;
        if (depth === 1 && (++roots > 1 || name !== 'svg')) fault ??= 'is not an SVG document';
        if (depth > mostDepth) fault ??= `has more than ${mostDepth} elements inside each other`;
        // The root's own: a part may have a title, too.
        if (depth === 2 && (name === 'desc' || name === 'title') && texts[name] === '') {
          reading = name;
        }
        active ||= activeElements.test(name) || Object.entries(attributes).some(isActive);
        style = '';
      },
      ontext(text) {
        if (reading !== undefined && depth === 2) texts[reading] += text;
        style += text;
      },
      onclosetag(name, implied) {
        // An element that ends itself counts as implied, too.
        const ended = !implied || svg[parser.endIndex - 1] === '/';
        if (!ended) fault ??= `is damaged: its <${name}> does not end`;
        active ||= /(^|:)style$/i.test(name) && foreignStyle.test(style);
        if (depth-- === 2) reading = undefined;
      },
      onprocessinginstruction(_, text) {
        // A style sheet is fetched; what an entity stands for is not seen here.
        active ||= /^\?xml-stylesheet|<!ENTITY/i.test(text);
      },
    },
    { xmlMode: true },
  );
  for (let at = 0; at < svg.length && fault === undefined; at += pieceLength) {
    parser.write(svg.slice(at, at + pieceLength));
  }
  if (fault === undefined) parser.end();
  if (roots === 0) fault ??= 'is not an SVG document';
  const description = texts.desc.trim() || texts.title.trim() || undefined;
  return { fault, description, active };
}

function isActive([name, value]: [string, string]): boolean {
  if (/^on/i.test(name)) return true;
  if (reference.test(name)) return !/^#/.test(value.trim());
  // An animation can set what it likes to a link's address.
  if (name === 'attributeName') return /(^|:)href$/i.test(value.trim());
  return foreignStyle.test(value);
}

/** A drawing as the address of an image: there, scripts and links are dead and nothing is fetched. */
export function imageUrl(svg: string): string {
  // The text is UTF-8 now, whatever its XML declaration says.
  const text = svg.replace(/^\ufeff?\s*<\?xml\s[^>]*\?>/, '').trim();
  return `data:image/svg+xml;charset=utf-8;base64,${Buffer.from(text).toString('base64')}`;
}
