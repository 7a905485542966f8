import { mkdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { RunList } from '../src/explore/shown.js';
import { startServer, type ExploreServer } from '../src/explore/server/server.js';
import { temporaryFolder } from './temporary-folder.js';

// A server for the tests of the file that imports this, with one run.

export const temporary = temporaryFolder('explore');
export const folder = join(temporary, 'runs');
export const pageFolder = join(temporary, 'page');
export const secret = 'root:x:0:0:the secret';
export let server: ExploreServer;

beforeAll(async () => {
  mkdirSync(folder);
  mkdirSync(join(pageFolder, 'assets'), { recursive: true });
  writeFileSync(join(pageFolder, 'index.html'), '<!doctype html><title>the page</title>');
  writeFileSync(join(pageFolder, 'assets/main.js'), 'export {};');
  writeFileSync(join(temporary, 'secret.json'), secret);
  makeRun('good', '{"epoch":1,"loss":3}\n{"epoch":2,"loss":2}\n');
  server = await startServer({ folder, pageFolder });
});

afterAll(async () => {
  await server.close();
});

export function makeRun(name: string, metrics = ''): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'figures'), { recursive: true });
  writeFileSync(join(path, 'config.yaml'), 'name: small\nmodel: { hidden: 5 }\n');
  writeFileSync(join(path, 'metrics.jsonl'), metrics);
  writeFileSync(join(path, 'run.log'), '2026-01-02T03:04:05.000Z started: didyprog train ner\n');
  return path;
}

interface Answer {
  status: number;
  text: string;
  headers: NodeJS.Dict<string | string[]>;
}

/** Sends a path as it is: URL and fetch would tidy it up. */
export function ask(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, path, method, headers, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => (text += piece));
        response.on('end', () =>
          resolve({ status: response.statusCode!, text, headers: response.headers }),
        );
      },
    );
    sent.on('error', reject).end();
  });
}

export const root = () => new URL(server.url).pathname;
export const json = async <T>(path: string) => JSON.parse((await ask(root() + path)).text) as T;

/** The list as a server gives it that has not read it before. */
export async function freshList(): Promise<RunList> {
  const other = await startServer({ folder, pageFolder });
  const list = (await (await fetch(`${other.url}runs/index.json`)).json()) as RunList;
  await other.close();
  return list;
}
