import type { OmegaName } from '../../index.js';

export interface OmegaChoiceProps {
  /** Of the panel. */
  title: string;
  omega: OmegaName;
  omegas: readonly OmegaName[];
  onOmega(omega: OmegaName): void;
}

/** The heading of a panel that shows one Ω, where another one is chosen. */
export const OmegaChoice = ({ title, omega, omegas, onOmega }: OmegaChoiceProps) => (
  <h2>
    <label>
      {title}: Ω ={' '}
      <select
        value={omega}
        onChange={({ currentTarget }) => onOmega(currentTarget.value as OmegaName)}
      >
        {omegas.map((name) => (
          <option value={name}>{name}</option>
        ))}
      </select>
    </label>
  </h2>
);
