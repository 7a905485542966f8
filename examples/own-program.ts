/**
 * A program of one's own: breaking a text into lines. Nodes are the places between words, an edge is a
 * line, its cost the square of what the line leaves blank. The gradient is the probability of each line.
 */
import { defineProgram } from 'didyprog';

const words = (
  'A dynamic program finds the best path through a graph . Smooth its maximum and it has a ' +
  'gradient : the probability of each edge .'
)
  .replace(/ ([.:])/g, '$1')
  .split(' ');
const width = 26;

/** The lines that fit, by the words that begin them and stand behind them. */
const lines: { begin: number; end: number; cost: number }[] = [];
for (let begin = 0; begin < words.length; begin++) {
  for (let end = begin + 1; end <= words.length; end++) {
    const blank = width - words.slice(begin, end).join(' ').length;
    if (blank < 0) break;
    // The last line may be short.
    lines.push({ begin, end, cost: end === words.length ? 0 : blank ** 2 });
  }
}
const costs = Float64Array.from(lines, ({ cost }) => cost);

const layout = (omega: 'negentropy' | 'l2') =>
  defineProgram({
    batch: 1,
    potentials: lines.length,
    sense: 'min',
    graph: {
      nodes: words.length + 1,
      into: (node) =>
        lines.flatMap(({ begin, end }, line) => (end === node ? [[begin, line] as const] : [])),
    },
    // A path is the places of its breaks.
    reads: (node) => [node],
    omega,
    gamma: 30,
  });

const program = layout('negentropy');
program.kBest(costs, 3)[0]!.forEach(({ path, logProbability }) => {
  console.log(`probability ${Math.exp(logProbability).toFixed(3)}`);
  let begin = 0;
  for (const end of path) {
    console.log(`  |${words.slice(begin, end).join(' ').padEnd(width)}|`);
    begin = end;
  }
});
const likely = (omega: 'negentropy' | 'l2') =>
  layout(omega)
    .gradient(costs)
    .gradient.filter((probability) => probability > 0).length;
console.log(
  `${lines.length} lines fit; with a probability above 0: ` +
    `${likely('negentropy')} under negentropy, ${likely('l2')} under l2`,
);
