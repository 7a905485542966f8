import { spawnSync } from 'node:child_process';
import { fuzzing } from './property-runs.js';

/** Whether sox, another reader of recordings, is here and to be asked: only while fuzzing. */
export const asksSox = fuzzing && spawnSync('sox', ['--version']).status === 0;

/**
 * The samples of a WAV file as sox reads them, all channels side by side, in steps of 32 bits; its
 * complaint if it refuses the file.
 */
export function soxReads(bytes: Uint8Array): Int32Array | string {
  const args = ['-t', 'wav', '-', '-t', 'raw', '-e', 'signed', '-b', '32', '-L', '-'];
  const { status, stdout, stderr } = spawnSync('sox', ['-V1', '-D', ...args], {
    input: bytes,
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) return stderr.toString() || `status ${status}`;
  return new Int32Array(Uint8Array.from(stdout).buffer);
}

/** Has sox write noise as a WAV file. @param format its arguments for the output */
export function soxWrites(format: readonly string[]): Buffer {
  const effect = ['synth', '0.01', 'pinknoise', 'vol', '0.5'];
  const args = ['-R', '-V1', '-n', '-r', '8000', ...format, '-t', 'wav', '-', ...effect];
  return spawnSync('sox', args).stdout;
}
