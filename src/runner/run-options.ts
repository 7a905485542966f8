/** What every run needs beside its config. */
export interface RunOptions {
  /** The run directory. */
  out: string;
  dataFolder: string;
  /** Go on where an earlier start of the same run stopped. */
  resume: boolean;
  /** Also write the metrics as a TensorBoard event file. */
  tensorboard?: boolean;
  /** The engine's name and version, for the provenance. */
  engine: string;
  /** The command line, for the provenance. */
  command: string;
}
