/** The folder that holds the data sets: --data, else $DIDYPROG_DATA, else ./data. */
export function dataFolderOf(flag: string | undefined): string {
  return flag ?? (process.env['DIDYPROG_DATA'] || 'data');
}
