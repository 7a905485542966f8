import { tableToMarkdown, type Table } from '../../report/table.js';

/** A finding of the paper, held against numbers measured here. */
export interface Claim {
  claim: string;
  /** The numbers that tell. */
  measured: string;
  /** Undefined where the runs that would tell are not there. */
  holds: boolean | undefined;
}

export function claimsTable(claims: readonly Claim[]): Table {
  return {
    caption: 'The paper’s findings',
    columns: ['the paper finds', 'here', 'holds'],
    rows: claims.map(({ claim, measured, holds }) => [
      claim,
      measured,
      holds === undefined ? 'not run' : holds ? 'yes' : 'no',
    ]),
  };
}

export const claimsSection = (claims: readonly Claim[]): string =>
  tableToMarkdown(claimsTable(claims));

/** The mean; NaN of nothing. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A difference with its sign; '–' for NaN. */
export const signed = (value: number): string =>
  Number.isNaN(value) ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
