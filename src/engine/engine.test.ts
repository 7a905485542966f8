import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { expectClose } from '../../test/expect-close.js';
import { values } from '../../test/layer-cases.js';
import { dtw } from '../dp/programs/dtw.js';
import { argmaxLayer, maxLayer } from '../layers/index.js';
import { backends, chooseEngine, startBackend, type Backend } from './index.js';

describe('the engines', () => {
  it('give the same numbers: a training step on native and on wasm, to 1e-4', async (context) => {
    const native = await startBackend('tensorflow');
    if (!native.available) context.skip(`the native engine is not there: ${native.problem}`);
    const run = async (backend: Backend) => {
      expect((await startBackend(backend)).available).toBe(true);
      const program = dtw({ batch: 1, rows: 6, cols: 4, moves: 'advance', omega: 'negentropy' });
      const x = tf.tensor2d(
        Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)),
        [6, 3],
      );
      const w = tf.variable(
        tf.tensor2d(
          Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)),
          [3, 4],
        ),
      );
      const { value, grads } = tf.variableGrads(() => {
        const theta = tf.logSoftmax(tf.matMul(x, w)).neg().reshape([1, 6, 4]);
        return argmaxLayer(program, theta).square().sum().add(maxLayer(program, theta).sum());
      }, [w as tf.Variable]);
      return [...values(value), ...Object.values(grads).flatMap(values)];
    };
    const onNative = await run('tensorflow');
    expectClose(await run('wasm'), onNative, 1e-4);
  });

  it('have the threads of DIDYPROG_THREADS on native, unless TensorFlow is told otherwise', async () => {
    for (const [own, expected] of [
      [undefined, '1'],
      ['3', '3'],
    ]) {
      vi.stubEnv('DIDYPROG_THREADS', '1');
      vi.stubEnv('TF_NUM_INTRAOP_THREADS', own);
      // It is said before the library is looked for, which need not be there.
      await startBackend('tensorflow');
      expect(process.env['TF_NUM_INTRAOP_THREADS']).toBe(expected);
    }
    vi.stubEnv('DIDYPROG_THREADS', 'many');
    expect((await startBackend('tensorflow')).problem).toContain('DIDYPROG_THREADS is "many"');
  });

  it('are asked for by their names, with the options that there are', async () => {
    for (const [options, says] of [
      [{ backend: 'gpu' }, `backend is "gpu": it must be 'tensorflow', 'wasm' or 'cpu'`],
      [{ backed: 'cpu' }, "chooseEngine has no option 'backed': did you mean 'backend'?"],
      ['cpu', 'chooseEngine takes an object of options: it got "cpu"'],
      [{ backend: 'wasm', wasmPaths: 3 }, 'wasmPaths is 3: it must be the address of a folder'],
    ]) {
      await expect(chooseEngine(options as never)).rejects.toThrow(says as string);
    }
  });

  it('know the version of the plain one where its package is out of reach', async () => {
    // Strict package managers give a package its own dependencies alone.
    const require = () => {
      throw new Error('out of reach');
    };
    vi.spyOn(process.getBuiltinModule('node:module'), 'createRequire').mockReturnValue(
      require as never,
    );
    expect(await startBackend('cpu')).toMatchObject({ available: true, version: tf.version.tfjs });
  });

  it('are tried in this order', () => {
    expect(backends).toEqual(['tensorflow', 'wasm', 'cpu']);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => {
  tf.disposeVariables();
});
