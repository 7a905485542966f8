#!/usr/bin/env node
import * as nodeModule from 'node:module';

// Node 22.8 and later keep what they have compiled for the next start, in the system's temporary folder. The
// types are those of the oldest Node.
const { enableCompileCache } = nodeModule as { enableCompileCache?: () => void };
enableCompileCache?.();

const { afterMessages, dropFailingOutput } = await import('../terminal.js');
const { runCommandLine } = await import('./run-command-line.js');
dropFailingOutput();
process.exitCode = await runCommandLine(process.argv.slice(2));
await afterMessages();
// A TensorFlow.js backend may hold handles that keep the process.
process.exit();
