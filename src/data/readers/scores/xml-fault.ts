import { Parser } from 'htmlparser2';

/** Deeper nesting than any score has. */
const mostDepth = 512;
/** Read in pieces, so that a fault at the beginning ends the work. */
const pieceLength = 65_536;

/**
 * What is wrong with an XML text, as the end of a sentence; undefined for one whose elements all end.
 * Other readers make what they can of a file that is cut off, without a word.
 */
export function xmlFault(text: string): string | undefined {
  let fault: string | undefined;
  let depth = 0;
  const parser = new Parser(
    {
      onopentag() {
        depth++;
        if (depth > mostDepth) fault ??= `more than ${mostDepth} elements inside each other`;
      },
      onclosetag(name, implied) {
        depth--;
        // An element that ends itself counts as implied, too.
        if (implied && text[parser.endIndex - 1] !== '/') {
          fault ??= `damaged or cut off: its <${name}> does not end`;
        }
      },
    },
    { xmlMode: true },
  );
  for (let at = 0; at < text.length && fault === undefined; at += pieceLength) {
    parser.write(text.slice(at, at + pieceLength));
  }
  if (fault === undefined) parser.end();
  return fault;
}
