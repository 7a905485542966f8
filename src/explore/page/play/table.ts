import { alignment } from './alignment.js';
import { chain } from './chain.js';
import { ctc } from './ctc.js';
import { dag } from './dag.js';
import { dtw } from './dtw.js';
import type { Play } from './play.js';
import { semiMarkov } from './semi-markov.js';
import { simplex } from './simplex.js';

/** The programs of the playground, in the order in which they are offered. */
export const plays: readonly Play[] = [simplex, chain, dtw, dag, ctc, semiMarkov, alignment];
