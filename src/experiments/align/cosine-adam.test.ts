import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../../test/path-enumeration.js';
import { startBackend } from '../../engine/index.js';
import { CosineAdam } from './cosine-adam.js';

beforeAll(() => startBackend('cpu'));

it('goes TensorFlow.js’ way to the last bit, also after its state was saved', () => {
  const random = seededRandom(7);
  const floats = (length: number) => Float32Array.from({ length }, () => 2 * random() - 1);
  const steps = 60;
  const parameters = { weights: floats(9), bias: floats(4) };
  const variables = [parameters.weights, parameters.bias].map((values) =>
    tf.tensor1d(values.slice()).variable(),
  );
  const reference = tf.train.adam(0.03, 0.9, 0.999, 1e-8);
  let own = new CosineAdam(parameters, 0.03, steps);
  for (let step = 0; step < steps; step++) {
    const gradient = { weights: floats(9), bias: floats(4) };
    const rate = (0.03 * (1 + Math.cos((Math.PI * step) / steps))) / 2;
    Object.assign(reference, { learningRate: rate });
    tf.tidy(() => {
      reference.applyGradients(
        variables.map(({ name }, part) => ({
          name,
          tensor: tf.tensor1d(part === 0 ? gradient.weights : gradient.bias),
        })),
      );
    });
    if (step % 7 === 3) {
      const state = structuredClone(own.state());
      own = new CosineAdam(parameters, 0.03, steps);
      own.restore(state);
    }
    own.step(gradient);
    expect(parameters.weights).toEqual(variables[0]!.dataSync());
    expect(parameters.bias).toEqual(variables[1]!.dataSync());
  }
});
