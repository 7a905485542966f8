import { z } from 'zod';

/** The first key of every config. */
export const runKeys = {
  name: z
    .string()
    .regex(/^[\w-]+$/, 'must be letters, digits, - and _')
    .describe(
      'the name of its run directories and of its rows in tables: letters, digits, - and _',
    ),
};

/** The last key of every config. */
export const runSeed = z.int().min(0).default(0).describe('seed of everything random');

/** Whether a swept key repeats a measurement rather than changes it. */
export const isSeed = (key: string) => /(^|\.)seed$/.test(key);
