import { Command } from 'commander';
import { version } from '../version.js';
import { writeResult, writeWrapped } from '../terminal.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .option('--json', 'print the diagnosis as JSON')
    .addHelpText(
      'after',
      `
Examples:
  didyprog doctor
  didyprog doctor --json`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { diagnose } = await import('../engine/doctor.js');
      const diagnosis = await diagnose(version);
      if (json) writeResult(`${JSON.stringify(diagnosis)}\n`);
      else writeWrapped(`${diagnosis.text}\n`);
    });
}
