import { getThreads, registerGraphKernels, setThreads } from '../../../index.js';
import { Solver } from './solve.js';
import type { Answer, Question } from './questions.js';
import { stateOf } from './state.js';

// Graphs run on kernels, too, which come with this page.
registerGraphKernels();

/** Below so many cells a call takes a millisecond or two, and waiting for other threads costs more. */
const worthThreads = 250_000;

/** The problem that is opened, by the words of its link. */
let opened: { words: string; solver: Solver } | undefined;

function solverOf(words: string): Solver {
  if (opened?.words !== words) {
    const [path = '', query = ''] = words.split('?');
    const { state } = stateOf(path.split('/').at(-1)!, new URLSearchParams(query));
    opened = { words, solver: new Solver(state) };
    setThreads(opened.solver.size < worthThreads ? 1 : navigator.hardwareConcurrency);
  }
  return opened!.solver;
}

function answer(question: Question): Answer {
  const { id, words, omegas, gamma } = question;
  try {
    const solver = solverOf(words);
    if (question.kind === 'frame') {
      const frames = omegas.map((omega) => solver.frame(omega, gamma));
      return { id, kind: 'frame', frames, threads: getThreads() };
    }
    const { cell, k } = question;
    const details = omegas.map((omega) => solver.details(omega, gamma, cell, k));
    return { id, kind: 'details', details };
  } catch (error) {
    return { id, kind: 'error', message: (error as Error).message };
  }
}

onmessage = ({ data }: MessageEvent<Question>) => {
  const reply = answer(data);
  const frames = reply.kind === 'frame' ? reply.frames : [];
  postMessage(reply, { transfer: frames.map(({ expected }) => expected.buffer) });
};
