#!/usr/bin/env node
import { afterMessages, dropFailingOutput } from '../terminal.js';
import { runCommandLine } from './run-command-line.js';

dropFailingOutput();
process.exitCode = await runCommandLine(process.argv.slice(2));
await afterMessages();
// A TensorFlow.js backend may hold handles that keep the process.
process.exit();
