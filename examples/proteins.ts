/**
 * Aligns the two chains of human haemoglobin (UniProt P69905 and P68871, without the first methionine)
 * and says how sure each pair is: its probability under all alignments, the gradient of the value.
 */
import { readFileSync } from 'node:fs';
import { pairwiseAlignment } from 'didyprog';

const alpha =
  'VLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHFDLSHGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLRVDPVNFKLL' +
  'SHCLLVTLAAHLPAEFTPAVHASLDKFLASVSTVLTSKYR';
const beta =
  'VHLTPEEKSAVTALWGKVNVDEVGGEALGRLLVVYPWTQRFFESFGDLSTPDAVMGNPKVKAHGKKVLGAFSDGLAHLDNLKGTFATLSELHCDKLHVDPENFRLL' +
  'GNVLVCVLAHHFGKEFTPPVQAAYQKVVAGVANALAHKYH';

/** The score of each pair of amino acids, in half bits. */
const blosum = new Map<string, number>();
const acids: string[] = [];
for (const line of readFileSync(new URL('blosum62.txt', import.meta.url), 'utf8').split('\n')) {
  if (line === '' || line.startsWith('#')) continue;
  const [acid, ...scores] = line.split(' ');
  acids.push(acid!);
  scores.forEach((score, other) => {
    blosum.set(acid! + acids[other]!, Number(score));
    blosum.set(acids[other]! + acid!, Number(score));
  });
}

const [rows, cols] = [alpha.length, beta.length];
const theta = {
  match: Float64Array.from([...alpha].flatMap((a) => [...beta].map((b) => blosum.get(a + b)!))),
  gapOpen: Float64Array.of(-11),
  gapExtend: Float64Array.of(-1),
};
// A score of s half bits means odds of 2^(s/2) = exp(s/γ).
const sizes = { batch: 1, rows, cols, mode: 'global', gamma: 2 / Math.LN2 } as const;
const best = pairwiseAlignment({ ...sizes, omega: 'hard' });
const all = pairwiseAlignment({ ...sizes, omega: 'negentropy' });
const confidence = all.gradient(theta).gradient.match;

const lines = ['', '', ''];
const [path] = best.argmax(theta);
for (let at = 0; at < path!.length; at += 2) {
  const [i, j] = [path![at]!, path![at + 1]!];
  lines[0] += alpha[i] ?? '-';
  lines[1] += beta[j] ?? '-';
  // 9: 90 % or more; a gap has no pair to be sure of.
  lines[2] += i < 0 || j < 0 ? ' ' : Math.min(9, Math.floor(confidence[i * cols + j]! * 10));
}
for (let from = 0; from < lines[0]!.length; from += 50) {
  const [a, b, sure] = lines.map((line) => line.slice(from, from + 50));
  console.log(`alpha       ${a}\nbeta        ${b}\nconfidence  ${sure!.trimEnd()}\n`);
}
const percent = (i: number, j: number) => (100 * confidence[(i - 1) * cols + j - 1]!).toFixed(2);
console.log(`score ${best.value(theta)[0]}`);
console.log(
  `the histidines that hold the haem: 58-63 ${percent(58, 63)} %, 87-92 ${percent(87, 92)} %`,
);
