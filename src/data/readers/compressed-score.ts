import { Parser } from 'htmlparser2';
import { DataError } from '../../errors.js';
import { quoted } from '../../visible.js';
import { openSource, type SourceFile } from '../acquire/archive.js';

/**
 * The score within a compressed MusicXML file (.mxl): the first root file that META-INF/container.xml
 * names, else the only XML file.
 * @param most bytes that the score may have, however small the archive
 * @throws DataError for an archive that cannot be read, holds no score, or a longer one
 */
export async function unpackScore(path: string, most: number): Promise<Buffer> {
  const source = await openSource(path);
  try {
    const container = source.files.find((file) => file.path === 'META-INF/container.xml');
    const named = container && rootFile((await bytesOf(container, 1_000_000)).toString('utf8'));
    const scores = source.files.filter(
      (file) => /\.(musicxml|xml)$/i.test(file.path) && !file.path.startsWith('META-INF/'),
    );
    const score =
      named === undefined
        ? scores.length === 1 && scores[0]
        : source.files.find((file) => file.path === named);
    if (!score) {
      throw new DataError(
        `${path}: not a compressed MusicXML score: ` +
          (named === undefined
            ? `no META-INF/container.xml, and ${scores.length} XML files, expected one`
            : `its container names ${quoted(named)}, which is not there`),
      );
    }
    return await bytesOf(score, most);
  } finally {
    source.close();
  }
}

/** The address of the first root file, as the container says it. */
function rootFile(container: string): string | undefined {
  let found: string | undefined;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (name === 'rootfile') found ??= attributes['full-path'];
      },
    },
    { xmlMode: true },
  );
  parser.end(container);
  return found;
}

async function bytesOf(file: SourceFile, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of await file.open()) {
      length += (piece as Buffer).length;
      if (length > most) {
        throw new DataError(`${file.where}: more than ${most / 1e6} MB when it is unpacked`);
      }
      pieces.push(piece as Buffer);
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${file.where}: damaged: ${(error as Error).message}`);
  }
  return Buffer.concat(pieces);
}
