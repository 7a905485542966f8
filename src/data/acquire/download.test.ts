import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  sendAndCut,
  sendRange,
  serve,
  type Answer,
  type FileServer,
} from '../../../test/file-server.js';
import { DataError } from '../../errors.js';
import { download, type DownloadOptions } from './download.js';

const content = randomBytes(300_000);
const expectedSha256 = createHash('sha256').update(content).digest('hex');

let folder: string;
let target: string;
let server: FileServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'didyprog-download-'));
  target = join(folder, 'file.zip');
});

afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

async function downloadFrom(answer: Answer, options: DownloadOptions = {}): Promise<void> {
  server = await serve(answer);
  return download(`${server.url}/file.zip`, target, {
    expectedSha256,
    retryDelayMs: 1,
    attempts: 3,
    ...options,
  });
}

/** The target is there with the right bytes, and nothing else. */
async function expectArrived(): Promise<void> {
  expect(await readdir(folder)).toEqual(['file.zip']);
  expect((await readFile(target)).equals(content)).toBe(true);
}

describe('download', () => {
  it('brings the file, makes its folder, and says how far it is', async () => {
    const seen: number[] = [];
    target = join(folder, 'deep', 'file.zip');
    await downloadFrom((response, { headers }) => sendRange(response, headers, content), {
      onProgress: ({ receivedBytes, totalBytes }) => {
        expect(totalBytes).toBe(content.length);
        seen.push(receivedBytes);
      },
    });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(content.length);
  });

  it('goes on from where a connection was cut, if the file is still the same', async () => {
    await downloadFrom((response, { number, headers }) => {
      if (number === 0) sendAndCut(response, content, 100_000);
      else sendRange(response, headers, content);
    });
    await expectArrived();
    expect(server!.requests).toHaveLength(2);
    expect(server!.requests[1]).toMatchObject({ range: 'bytes=100000-', 'if-range': '"v1"' });
  });

  it('starts again when the file has changed since the cut', async () => {
    await downloadFrom((response, { number, headers }) => {
      if (number === 0) sendAndCut(response, randomBytes(300_000), 100_000, '"v0"');
      else sendRange(response, headers, content, '"v1"');
    });
    await expectArrived();
    expect(server!.requests[1]!['if-range']).toBe('"v0"');
  });

  it('starts again when the server ignores ranges', async () => {
    await downloadFrom((response, { number }) => {
      if (number === 0) sendAndCut(response, content, 100_000);
      else response.writeHead(200, { 'content-length': content.length }).end(content);
    });
    await expectArrived();
    expect(server!.requests[1]!.range).toBe('bytes=100000-');
  });

  it('does not trust a part that only a weak ETag describes', async () => {
    await downloadFrom((response, { number, headers }) => {
      if (number === 0) sendAndCut(response, content, 100_000, 'W/"v1"');
      else sendRange(response, headers, content);
    });
    await expectArrived();
    expect(server!.requests[1]!.range).toBeUndefined();
  });

  it('starts again when the server sends another range than asked for', async () => {
    await downloadFrom((response, { number, headers }) => {
      if (number === 0) sendAndCut(response, content, 100_000);
      else if (number === 1) {
        response
          .writeHead(206, { 'content-range': 'bytes 5-9/300000' })
          .end(content.subarray(5, 10));
      } else sendRange(response, headers, content);
    });
    await expectArrived();
  });

  it('takes a part that is already whole', async () => {
    server = await serve((response, { headers }) => sendRange(response, headers, content));
    const url = `${server.url}/file.zip`;
    await writeFile(`${target}.part`, content);
    await writeFile(`${target}.part.json`, JSON.stringify({ url, validator: '"v1"' }));
    await download(url, target, { expectedSha256 });
    await expectArrived();
    expect(server.requests).toHaveLength(1);
  });

  it('leaves only the part when it is stopped, and the next call goes on from it', async () => {
    const stop = new AbortController();
    const stopped = downloadFrom(
      (response, { number, headers }) => {
        if (number === 0) {
          response.writeHead(200, { 'content-length': content.length, etag: '"v1"' });
          response.write(content.subarray(0, 100_000));
        } else sendRange(response, headers, content);
      },
      {
        signal: stop.signal,
        onProgress: ({ receivedBytes }) => {
          if (receivedBytes === 100_000) stop.abort(new Error('stopped by the user'));
        },
      },
    );
    await expect(stopped).rejects.toThrow('stopped by the user');
    expect((await readdir(folder)).sort()).toEqual(['file.zip.part', 'file.zip.part.json']);
    await download(`${server!.url}/file.zip`, target, { expectedSha256 });
    await expectArrived();
    expect(server!.requests[1]!.range).toBe('bytes=100000-');
  });

  it('does not use the part of another address', async () => {
    await writeFile(`${target}.part`, 'something else');
    await writeFile(
      `${target}.part.json`,
      JSON.stringify({ url: 'http://elsewhere.example/file.zip', validator: '"v1"' }),
    );
    await downloadFrom((response, { headers }) => sendRange(response, headers, content));
    await expectArrived();
    expect(server!.requests[0]!.range).toBeUndefined();
  });

  it('refuses a wrong checksum, names both, and nothing stays', async () => {
    const other = randomBytes(1000);
    const actual = createHash('sha256').update(other).digest('hex');
    const refused = downloadFrom((response, { headers }) => sendRange(response, headers, other));
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(`SHA-256 ${actual}, expected ${expectedSha256}`);
    expect(await readdir(folder)).toEqual([]);
  });

  it('tries a busy server again, a number of times, and then says what is kept', async () => {
    const busy = downloadFrom((response) => response.writeHead(503).end());
    await expect(busy).rejects.toThrow(
      /file\.zip: the server answers 503.*gave up after 3 attempts/,
    );
    expect(server!.requests).toHaveLength(3);
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives up at once when the file is not there', async () => {
    const missing = downloadFrom((response) => response.writeHead(404).end());
    await expect(missing).rejects.toThrow(/404 Not Found.*--from/);
    expect(server!.requests).toHaveLength(1);
  });

  it('follows redirects', async () => {
    await downloadFrom((response, { path, headers }) => {
      if (path === '/file.zip') response.writeHead(302, { location: '/moved' }).end();
      else sendRange(response, headers, content);
    });
    await expectArrived();
  });

  it.each([
    ['a file', 'file:///etc/passwd', /leads to "file:.*expected https/],
    ['another protocol', 'ftp://127.0.0.1/file.zip', /leads to "ftp:/],
    ['text', 'data:text/plain,x', /leads to "data:/],
    ['itself', '/file.zip', /lead in a circle/],
    ['no address', 'http://[', /a redirect to "http:\/\/\["/],
    ['nothing', undefined, /a redirect to nowhere/],
  ])('refuses a redirect to %s at once', async (_, location, message) => {
    const refused = downloadFrom((response) =>
      response.writeHead(302, location === undefined ? {} : { location }).end(),
    );
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(message);
    expect(server!.requests).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses redirects without end', async () => {
    const refused = downloadFrom((response, { number }) =>
      response.writeHead(307, { location: `/${number}` }).end(),
    );
    await expect(refused).rejects.toThrow('more than 20 redirects');
  });

  it('refuses a redirect from https to http', async () => {
    const answer = new Response(null, { status: 301, headers: { location: 'http://x.example/' } });
    const asked = vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer);
    try {
      await expect(download('https://x.example/file.zip', target)).rejects.toThrow(
        'it leads from https to "http://x.example/"',
      );
      expect(asked).toHaveBeenCalledTimes(1);
    } finally {
      asked.mockRestore();
    }
  });

  it.each([
    [
      'says so',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': 1e12 }).write(content);
      },
    ],
    [
      'does not say so and does not end',
      (response: ServerResponse) => {
        response.writeHead(200);
        const more = () => {
          while (!response.destroyed && response.write(content));
          response.once('drain', more);
        };
        more();
      },
    ],
    [
      'is packed on the way',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(gzipSync(Buffer.alloc(10_000_000)));
      },
    ],
  ])('refuses a file larger than it may be that %s', async (_, answer) => {
    const refused = downloadFrom(answer, { maxBytes: 1_000_000 });
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(/more than the 1000000 bytes.*is deleted/);
    expect(server!.requests).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('counts a connection that drips as cut, goes on from there, and gives up at last', async () => {
    const drips = downloadFrom(
      (response, { headers }) => {
        const from = Number(/\d+/.exec(headers.range ?? '0')![0]);
        const range = `bytes ${from}-${content.length - 1}/${content.length}`;
        const rest = { 'content-length': content.length - from, etag: '"v1"' };
        response.writeHead(
          from > 0 ? 206 : 200,
          from > 0 ? { ...rest, 'content-range': range } : rest,
        );
        let at = from;
        const drip = setInterval(() => response.write(content.subarray(at, ++at)), 20);
        response.on('close', () => clearInterval(drip));
      },
      { silenceMs: 300 },
    );
    await expect(drips).rejects.toThrow(/too few bytes for 0\.3 s; gave up after 3 attempts/);
    expect(server!.requests).toHaveLength(3);
    expect(server!.requests[2]!.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect((await readdir(folder)).sort()).toEqual(['file.zip.part', 'file.zip.part.json']);
  });

  it('counts a silent connection as cut', async () => {
    await downloadFrom(
      (response, { number, headers }) => {
        if (number === 0) {
          response.writeHead(200, { 'content-length': content.length, etag: '"v1"' });
          response.write(content.subarray(0, 1000));
        } else sendRange(response, headers, content);
      },
      { silenceMs: 200 },
    );
    await expectArrived();
    expect(server!.requests[1]!.range).toBe('bytes=1000-');
  });

  it('names the file that cannot be written', async () => {
    await writeFile(join(folder, 'taken'), '');
    target = join(folder, 'taken', 'file.zip');
    const refused = downloadFrom((response, { headers }) => sendRange(response, headers, content));
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(/taken.*\((ENOTDIR|EEXIST)\)/);
  });
});
