import { counted } from '../../counted.js';
import { meanOf, signed, type Claim } from '../results/claims.js';
import { dataTitle } from './data-used.js';
import { judgedPart, type NerResult } from './result.js';

/** Settings of which two runs differ in one value only. */
type Setting = Pick<NerResult['config'], 'omega' | 'loss'>;

/** The paper's findings on taggers, held against runs. */
export function nerClaims(results: readonly NerResult[]): Claim[] {
  const losses = differences(results, ({ omega }) => [
    { omega, loss: 'convex' },
    { omega, loss: 'cost' },
  ]);
  const omegas = differences(results, ({ loss }) => [
    { omega: 'l2', loss },
    { omega: 'negentropy', loss },
  ]);
  const zeros = (omega: Setting['omega']) =>
    results
      .filter(({ config }) => config.omega === omega)
      .map((result) => 100 * judgedPart(result).sparsity.zeros);
  const [sparse, dense] = [zeros('l2'), zeros('negentropy')];
  const areRun = sparse.length > 0 && dense.length > 0;
  const share = (values: readonly number[]) => `${meanOf(values).toFixed(1)} %`;
  return [
    {
      claim: 'the convex loss is slightly ahead of the cost-sensitive one: by less than 2 F1',
      measured: gapText('convex', 'cost', losses),
      holds: losses.length > 0 ? meanOf(losses) > 0 && meanOf(losses) < 2 : undefined,
    },
    {
      claim: 'l2 is comparable to negentropy: within 2 F1',
      measured: gapText('l2', 'negentropy', omegas),
      holds: omegas.length > 0 ? Math.abs(meanOf(omegas)) < 2 : undefined,
    },
    {
      claim: 'l2 has sparse marginals, negentropy has not',
      measured: areRun
        ? `exactly 0: ${share(sparse)} with l2, ${share(dense)} with negentropy`
        : '',
      holds: areRun ? meanOf(sparse) > 10 && meanOf(dense) < 1 : undefined,
    },
  ];
}

/** F1 of the first less that of the second of each pair that was run on the same data. */
function differences(
  results: readonly NerResult[],
  pairOf: (setting: Setting) => readonly [Setting, Setting],
): number[] {
  const data = [...new Set(results.map(dataTitle))];
  const f1 = (title: string, { omega, loss }: Setting) => {
    const own = results.filter(
      (result) =>
        dataTitle(result) === title && result.config.omega === omega && result.config.loss === loss,
    );
    return meanOf(own.map((result) => judgedPart(result).f1));
  };
  const pairs = (['negentropy', 'l2'] as const).flatMap((omega) =>
    (['convex', 'cost'] as const).map((loss) => JSON.stringify(pairOf({ omega, loss }))),
  );
  return [...new Set(pairs)]
    .flatMap((text) => {
      const [first, second] = JSON.parse(text) as [Setting, Setting];
      return data.map((title) => f1(title, first) - f1(title, second));
    })
    .filter((difference) => !Number.isNaN(difference));
}

const gapText = (first: string, second: string, gaps: readonly number[]) =>
  gaps.length === 0
    ? ''
    : `${first} is ahead of ${second} in ${gaps.filter((gap) => gap > 0).length} of ` +
      `${counted(gaps.length, 'pair')}, by ${signed(meanOf(gaps))} F1 on average`;
