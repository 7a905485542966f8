import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What the page may do: run its own files and WebAssembly, fetch nothing from elsewhere. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  // The kernels start their threads from a blob.
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  // The player plays the file that was chosen.
  'media-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
];

/** The policy in the page itself, for a host that sends none. */
export const policyElement = `<meta http-equiv="Content-Security-Policy" content="${policy.join('; ')}" />`;

/** What every answer says: the policy, no frame around it, and an isolated page, where threads share memory. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [...policy, "frame-ancestors 'none'"].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/**
 * What a document of a run says, whoever wrote it: it runs nothing and fetches nothing, and is of no
 * origin.
 */
export const documentHeaders: Readonly<Record<string, string>> = {
  ...pageHeaders,
  'content-security-policy':
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:",
};

/** Who may ask. */
export interface Guard {
  /** The hosts by which the server is called: '127.0.0.1:8123'. */
  hosts: readonly string[];
  token: string;
}

/**
 * How a request may call a server by a name of its machine: with the port, and as a browser writes it, which
 * leaves port 80 out and has one form for each address.
 */
export function hostsOf(name: string, port: number): string[] {
  const host = `${name}:${port}`;
  return URL.canParse(`http://${host}`) ? [host, new URL(`http://${host}`).host] : [host];
}

/** Whether a URL can have a name: of digits alone it would be read as a number. */
export function isHostName(name: string): boolean {
  const url = `http://${name}`;
  return URL.canParse(url) && new URL(url).hostname === name.toLowerCase();
}

export interface Asked {
  method?: string | undefined;
  url?: string | undefined;
  headers: IncomingHttpHeaders;
}

/** Also to a page that was open when the server was started again. */
const lacksToken =
  'the address lacks the token that didyprog explore printed: each start has another, open what it printed last';

/** The path behind the token, decoded into its names; or why the request is refused. */
export type Admission = { names: string[] } | { status: number; why: string };

/**
 * Admits a request that reads, comes by one of the server's own names and from its own pages, and
 * knows the token: a page of another site, also one whose name was bound anew to this address, gets
 * nothing.
 */
export function admit({ method, url = '', headers }: Asked, guard: Guard): Admission {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, why: 'this server only reads' };
  if (!guard.hosts.includes(headers.host?.toLowerCase() ?? '')) {
    return { status: 403, why: 'the Host of this request is not this server' };
  }
  const { origin } = headers;
  if (origin !== undefined && !guard.hosts.some((host) => origin === `http://${host}`)) {
    return { status: 403, why: 'the Origin of this request is another site' };
  }
  const site = headers['sec-fetch-site'];
  // Somebody may follow a link to the page; no other site may load anything from here.
  if (site === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate') {
    return { status: 403, why: 'this request comes from another site' };
  }
  const [, token = '', ...rest] = url.replace(/[?#].*$/s, '').split('/');
  if (!same(token, guard.token)) {
    return { status: 403, why: lacksToken };
  }
  try {
    return { names: rest.map(decodeURIComponent) };
  } catch {
    return { status: 400, why: 'the address is not well encoded' };
  }
}

function same(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
