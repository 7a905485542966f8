import { counted } from '../counted.js';
import { availableParallelism, totalmem } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { backends, chooseEngine, startBackend, type BackendState, type Engine } from './index.js';

/** What runs here, and why not something better. */
export interface Diagnosis {
  didyprog: string;
  node: string;
  platform: string;
  cores: number;
  memoryGiB: number;
  tfjs: string;
  sharedMemory: boolean;
  backends: BackendState[];
  engine: Engine;
  /** All of it, for a person. */
  text: string;
}

/** Tries every backend, then starts the best. */
export async function diagnose(version: string): Promise<Diagnosis> {
  const states: BackendState[] = [];
  for (const name of backends) states.push(await startBackend(name));
  const facts = {
    didyprog: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    tfjs: tf.version['tfjs-core'],
    sharedMemory: typeof SharedArrayBuffer !== 'undefined',
  };
  const engine = await chooseEngine();
  const lines = [
    `didyprog       ${facts.didyprog}`,
    `Node.js        ${facts.node} on ${facts.platform}, ${counted(facts.cores, 'core')}, ${facts.memoryGiB} GiB`,
    `TensorFlow.js  ${facts.tfjs}`,
    ...states.map(({ name, available, version, problem }) =>
      `${`  ${name}`.padEnd(14)} ${available ? `works, ${version}` : `no: ${problem}`}`.trimEnd(),
    ),
    `Shared memory  ${facts.sharedMemory ? 'yes' : 'no'}`,
    engine.reason,
  ];
  return { ...facts, backends: states, engine, text: lines.join('\n') };
}
