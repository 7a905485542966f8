import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers the request of this number, counted from 0, for this path. */
export type Answer = (
  response: ServerResponse,
  request: { number: number; path: string; headers: IncomingHttpHeaders },
) => void;

export interface FileServer {
  url: string;
  /** The headers of every request so far. */
  requests: IncomingHttpHeaders[];
  close(): Promise<void>;
}

/** A server on the loopback interface whose every answer the test decides. */
export async function serve(answer: Answer): Promise<FileServer> {
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    const { headers, url: path = '/' } = request;
    answer(response, { number: requests.length - 1, path, headers });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** Answers as a server that knows ranges: what is asked for, if it is still the same file. */
export function sendRange(
  response: ServerResponse,
  headers: IncomingHttpHeaders,
  content: Buffer,
  etag = '"v1"',
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const same = headers['if-range'] === undefined || headers['if-range'] === etag;
  if (from >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
  } else if (from > 0 && same) {
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { 'content-range': range, etag }).end(content.subarray(from));
  } else {
    response.writeHead(200, { 'content-length': content.length, etag }).end(content);
  }
}

/** Sends the first bytes of a file and then cuts the connection. */
export function sendAndCut(
  response: ServerResponse,
  content: Buffer,
  count: number,
  etag = '"v1"',
): void {
  response.writeHead(200, { 'content-length': content.length, etag });
  // The client must have read what has arrived before it notices the cut. It lives in the same
  // process: on a busy machine turns of the event loop count, not time alone.
  let turns = 10;
  const wait = () => {
    if (turns-- > 0) setTimeout(wait, 50);
    else response.destroy();
  };
  response.write(content.subarray(0, count), wait);
}
