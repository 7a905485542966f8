// The package.json of a clone also says what its developers need. What is published leaves that out,
// and the native engine with it: a project that wants it installs it (`didyprog doctor` says how),
// and nobody else downloads 1 GB.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const manifest = new URL('../package.json', import.meta.url);
const aside = new URL('../package.json.part', import.meta.url);
const unpublished = ['scripts', 'devDependencies', 'optionalDependencies', 'allowScripts'];

/** The manifest that is published, from the clone's text. */
export function publishedManifest(text = readFileSync(manifest, 'utf8')) {
  const entries = Object.entries(JSON.parse(text)).filter(([key]) => !unpublished.includes(key));
  return Object.fromEntries(entries);
}

/** Puts the manifest that is published in place of the clone's. */
export function publishManifest() {
  restoreManifest();
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(aside, text);
  writeFileSync(manifest, `${JSON.stringify(publishedManifest(text), null, 2)}\n`);
}

/** Puts the clone's manifest back, also one that an interrupted `npm pack` left aside. */
export function restoreManifest() {
  if (existsSync(aside)) renameSync(aside, manifest);
}
