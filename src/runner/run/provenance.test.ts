import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startedCommand } from './provenance.js';

describe('the recorded command', () => {
  it('names files from the working folder on, whatever way they were given', () => {
    const words = ['align', 'bach10', '--data', resolve('..', 'elsewhere'), '--gamma', '0.1'];
    const data = join('..', 'elsewhere');
    expect(startedCommand(words)).toBe(`didyprog align bach10 --data ${data} --gamma 0.1`);
    expect(startedCommand(['report', resolve('.')])).toBe('didyprog report .');
  });
});
