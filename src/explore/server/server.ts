import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { DataError, UsageError } from '../../errors.js';
import { projectFile } from '../../project-file.js';
import { isBlockedPort } from './blocked-ports.js';
import { admit, documentHeaders, hostsOf, isHostName, pageHeaders } from './guard.js';
import { openInside } from './files.js';
import { liveHeaders, sendLive } from './live.js';
import { MetricsFollower } from './metrics-follower.js';
import { RunFolder } from './runs.js';

export interface ExploreOptions {
  /** Where the runs are; read, never written. */
  folder: string;
  /** The address to listen on; default 127.0.0.1, this machine alone. */
  host?: string | undefined;
  /** Default: a free one. */
  port?: number | undefined;
  /** Where the page was built to; default beside this module. */
  pageFolder?: string;
}

export interface ExploreServer {
  /** The address with its token: who knows it may read the folder's runs. */
  url: string;
  close(): Promise<void>;
}

/** Bytes for an address that names as many runs as are followed, however long their names are. */
const maxHeaderSize = 2 ** 18;

/**
 * Serves the page and the runs of a folder. Below the token stand the page's own files; `runs/index.json`,
 * the list; `runs/live?run=…`, the curves of some runs as they grow; and below `runs/at/<run>/` that
 * run's `run.json`, `curves.json` and `page-model.json`, and the files in its directory.
 *
 * @throws UsageError when it cannot listen there
 */
export async function startServer(options: ExploreOptions): Promise<ExploreServer> {
  const { port = 0 } = options;
  // An IPv6 address may stand in brackets, as in a URL.
  const host = options.host?.replace(/^\[(.*)\]$/, '$1') ?? '127.0.0.1';
  if (host === '') throw new UsageError('the host is empty: leave it out for this machine alone');
  if (isBlockedPort(port)) {
    throw new UsageError(
      `browsers open no page from port ${port}, which is another service’s: leave --port out for a free one`,
    );
  }
  const token = randomBytes(16).toString('hex');
  const pageFolder = options.pageFolder ?? projectFile('dist/explore/page');
  const runs = new RunFolder(options.folder);
  const hosts: string[] = [];
  // A reader that went without a word, as a laptop that was closed, would be sent news for ever.
  const alive = { keepAlive: true, keepAliveInitialDelay: 60_000 };
  const server = createServer({ maxHeaderSize, ...alive }, (request, response) => {
    const admission = admit(request, { hosts, token });
    if ('why' in admission) {
      refuse(response, admission.status, admission.why);
      return;
    }
    answer(admission.names, { request, response, runs, pageFolder }).catch((error: unknown) => {
      // The reader may have left in the middle.
      if (response.headersSent) response.destroy();
      else if (error instanceof DataError) refuse(response, 422, error.message);
      else refuse(response, 500, 'the server failed');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${host}${port === 0 ? '' : `, port ${port}`}`;
      reject(
        new UsageError(`cannot listen on ${where}: ${whyNot[error.code ?? ''] ?? error.message}`),
      );
    });
    server.listen(port, host, resolve);
  });
  const { address, port: bound } = server.address() as AddressInfo;
  const names = namesOf(host, address);
  hosts.push(...names.flatMap((name) => hostsOf(name, bound)));
  return {
    url: `http://${names[0]}:${bound}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What pages may call the server, the best first: every name of the machine where it listens on all. */
function namesOf(host: string, address: string): string[] {
  // However that was written: 0, ::0.
  const isAll = address === '0.0.0.0' || address === '::';
  const addresses = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
  // Those that others reach come first.
  addresses.sort((a, b) => Number(a.internal) - Number(b.internal));
  const all = [hostname(), ...addresses.map(({ address }) => address)];
  const own = isAll ? all.filter((name) => name.includes(':') || isHostName(name)) : [host];
  return [...own, 'localhost', '127.0.0.1', '::1'].map((name) =>
    name.includes(':') ? `[${name}]` : name.toLowerCase(),
  );
}

const whyNot: Record<string, string> = {
  EADDRINUSE: 'another program listens there; leave --port out for a free one',
  EACCES: 'this user may not; ports below 1024 are the system’s',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  runs: RunFolder;
  pageFolder: string;
}

async function answer(names: readonly string[], exchange: Exchange): Promise<void> {
  const { request, response, runs, pageFolder } = exchange;
  const [room, kind, ...rest] = names;
  if (names.length === 0) {
    // Without its last slash the page would look for its files beside the token.
    const location = `${(request.url ?? '').replace(/[?#].*$/s, '')}/`;
    response.writeHead(301, { ...pageHeaders, location }).end();
    return;
  }
  if (room !== 'runs') {
    const page = names.length === 1 && room === '' ? ['index.html'] : names;
    return sendFile(exchange, pageFolder, page, pageHeaders);
  }
  if (kind === 'index.json' && rest.length === 0) return sendJson(exchange, await runs.list());
  if (kind === 'live' && rest.length === 0) {
    const asked = new URL(request.url ?? '', 'http://localhost').searchParams.getAll('run');
    if (asked.length === 0) return refuse(response, 400, 'no run is named: runs/live?run=…');
    if (request.method === 'HEAD') {
      response.writeHead(200, liveHeaders).end();
      return;
    }
    return sendLive(response, runs, asked);
  }
  if (kind !== 'at' || rest.length === 0) return refuse(response, 404, 'there is no such page');
  const run = rest.slice(0, -1);
  if (rest.at(-1) === 'run.json') return sendJson(exchange, await runs.run(run));
  if (rest.at(-1) === 'page-model.json') return sendJson(exchange, await runs.model(run));
  if (rest.at(-1) === 'curves.json') {
    const follower = new MetricsFollower(runs.root, [...run, 'metrics.jsonl']);
    await follower.update();
    const { curves, problem } = follower;
    return sendJson(exchange, { curves: curves.all(), problem });
  }
  if (rest.at(-1) === 'report.html' && !(await runs.hasFreshReport(run))) {
    const page = await runs.report(run);
    response.writeHead(200, { ...documentHeaders, 'content-type': 'text/html; charset=utf-8' });
    response.end(request.method === 'HEAD' ? undefined : page);
    return;
  }
  return sendFile(exchange, runs.root, rest, documentHeaders);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, {
    ...pageHeaders,
    ...(status === 405 && { allow: 'GET, HEAD' }),
    'content-type': 'text/plain; charset=utf-8',
  });
  response.end(`${why}\n`);
}

function sendJson({ request, response }: Exchange, value: unknown): void {
  const type = { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(200, { ...pageHeaders, ...type });
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(value));
}

async function sendFile(
  { request, response }: Exchange,
  root: string,
  names: readonly string[],
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const found = await openInside(root, names);
  if (!found) return refuse(response, 404, 'there is no such file');
  const { file, bytes, type } = found;
  try {
    response.writeHead(200, { ...headers, 'content-type': type, 'content-length': bytes });
    if (request.method === 'HEAD' || bytes === 0) {
      response.end();
      return;
    }
    // No more than was announced, of a file that grows.
    const content = file.createReadStream({ end: bytes - 1, autoClose: false });
    await pipeline(content, response);
    // Of one that was cut meanwhile the rest would be waited for.
    if (content.bytesRead < bytes) request.socket.destroy();
  } finally {
    await file.close();
  }
}
