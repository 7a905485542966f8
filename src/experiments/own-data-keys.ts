import { z } from 'zod';

const count = z.int().min(1);

/** A file of one's own: relative to the config, or for a flag to the working folder. */
export const ownPath = z.string().min(1);

/** A part of one's own data: a file of its own, or how many items are drawn from the training file for it. */
export const ownPart = z.union([ownPath, count]);

/** A column of such a file: its number, from 1, or its name. */
export const ownColumn = z.union([count, z.string().min(1)]);
