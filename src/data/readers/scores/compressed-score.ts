import { posix } from 'node:path';
import { Parser } from 'htmlparser2';
import { counted } from '../../../counted.js';
import { DataError } from '../../../errors.js';
import { quoted } from '../../../visible.js';
import { openSource, type SourceFile } from '../../acquire/archive.js';
import type { Notify } from '../notices.js';

/**
 * The score within a compressed MusicXML file (.mxl): the first root file of MusicXML that
 * META-INF/container.xml names, else the only XML file.
 * @param most bytes that the score may have, however small the archive
 * @param notify told of other scores in it
 * @throws DataError for an archive that cannot be read, holds no score, or a longer one
 */
export async function unpackScore(path: string, most: number, notify?: Notify): Promise<Buffer> {
  const source = await openSource(path);
  try {
    const container = source.files.find((file) => file.path === 'META-INF/container.xml');
    const roots = container && rootFiles((await bytesOf(container, 1_000_000)).toString('utf8'));
    const [named, ...others] = roots ?? [];
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
            ? `${roots ? 'META-INF/container.xml names none' : 'no META-INF/container.xml'}, and ` +
              `${counted(scores.length, 'XML file')}, expected one`
            : `its container names ${quoted(named)}, which is not there`),
      );
    }
    if (others.length > 0) {
      notify?.(
        `${path}: its container names ${counted(roots!.length, 'score')}: the first is read, ${quoted(named)}`,
      );
    }
    return await bytesOf(score, most);
  } finally {
    source.close();
  }
}

/** The places of the root files that are scores, as the container says them; a PDF may stand beside one. */
function rootFiles(container: string): string[] {
  const found: string[] = [];
  const parser = new Parser(
    {
      onopentag(name, { 'full-path': place, 'media-type': type = 'xml' }) {
        const isScore = /xml/i.test(type) && !/\.pdf$/i.test(place ?? '');
        if (name === 'rootfile' && place !== undefined && isScore)
          found.push(posix.normalize(place));
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
