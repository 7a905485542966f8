import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { DataError, UsageError } from '../errors.js';
import { Interrupted, onStopSignal, type StopSignal } from '../runner/interrupt.js';
import { writeMessage, writeResult } from '../terminal.js';
import { notice } from '../runner/notice.js';

interface ExploreFlags {
  host?: string;
  port?: number;
  open: boolean;
  export?: string;
  json?: boolean;
}

const usualFolder = 'runs';

export function exploreCommand(): Command {
  return new Command('explore')
    .argument('[folder]', 'the runs that it shows, folders below included', usualFolder)
    .option('--port <number>', 'where it listens (default: a free port)', portOf)
    .option('--no-open', 'do not open a browser')
    .option('--host <address>', 'listen on this address of the machine, for others too')
    .option('--export <folder>', 'write the page there as a site of plain files instead')
    .option('--json', 'print the address, or the folder of the site, as JSON')
    .addHelpText(
      'after',
      `
The page is served to this machine alone, at an address that holds a secret; everything is computed in
the page. The folder is read, never written. Ctrl-C ends it.

--export writes a site that any web host serves, from any folder of it: the playground, and the runs of
[folder] where it is given, with their reports, figures and models.

Examples:
  didyprog explore
  didyprog explore runs/ner-losses --port 8080 --no-open
  didyprog explore runs/mine --export site`,
    )
    .action(async (folder: string, flags: ExploreFlags, command: Command) => {
      if (flags.export !== undefined) {
        const unused = (['port', 'host'] as const).find((flag) => flags[flag] !== undefined);
        if (unused)
          throw new UsageError(`--export writes files and serves nothing: no --${unused}`);
        await exportTo(flags.export, command.args.length > 0 ? folder : undefined);
        writeResult(`${flags.json ? JSON.stringify({ site: flags.export }) : flags.export}\n`);
        return;
      }
      if (existsSync(folder)) {
        const { findRuns } = await import('../runner/run/recorded-run.js');
        // Says what is no folder, or cannot be read.
        await findRuns(folder, 0);
      } else {
        if (folder !== usualFolder) throw new DataError(`there is no folder ${folder}`);
        notice(`there is no folder ${folder} yet: the page has no runs to show`);
      }
      const { host, port } = flags;
      if (host && !/^(localhost|127\..*|::1|\[::1\])$/.test(host)) {
        notice(
          `listening on ${host}: whoever reaches this machine and knows the address below ` +
            'can read these runs, and what is sent is not encrypted',
        );
      }
      const { startServer } = await import('../explore/server/server.js');
      const server = await startServer({ folder, host, port });
      writeResult(`${flags.json ? JSON.stringify({ url: server.url }) : server.url}\n`);
      if (flags.open) openBrowser(server.url);
      const signal = await stopAsked();
      await server.close();
      throw new Interrupted(signal, 'The page is served no more.');
    });
}

async function exportTo(out: string, folder: string | undefined): Promise<void> {
  const { exportSite } = await import('../explore/export.js');
  const { runs, problems } = await exportSite({ out, folder });
  for (const problem of problems) notice(`left out: ${problem}`);
  notice(`the playground and ${runs} ${runs === 1 ? 'run' : 'runs'}`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new InvalidArgumentError('It must be a number from 1 to 65535.');
}

/** What opens an address in the browser that the user prefers. */
const openers: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Only a convenience: where it fails, the address has been printed. */
function openBrowser(url: string): void {
  const [command, ...args] = openers[process.platform] ?? ['xdg-open'];
  const opener = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  opener.on('error', () =>
    writeMessage('No browser could be opened: open the address yourself.\n'),
  );
  opener.unref();
}

function stopAsked(): Promise<StopSignal> {
  return new Promise((resolve) => {
    const end = onStopSignal((signal) => {
      end();
      resolve(signal);
    });
  });
}
