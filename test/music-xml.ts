/** A note or chord note of so many beats. */
export const note = (
  step: string,
  octave: number,
  beats: number,
  tie?: 'start' | 'stop',
  isChord = false,
): string =>
  `<note>${isChord ? '<chord/>' : ''}<pitch><step>${step}</step><octave>${octave}</octave></pitch>` +
  `<duration>${2 * beats}</duration>${tie ? `<tie type="${tie}"/>` : ''}` +
  `<type>${{ 1: 'quarter', 2: 'half', 4: 'whole' }[beats] ?? 'eighth'}</type>` +
  `${tie ? `<notations><tied type="${tie}"/></notations>` : ''}</note>`;

/** A bar line with a repeat, an ending, or both. */
export const barline = (
  location: 'left' | 'right',
  { repeat, ending }: { repeat?: boolean; ending?: number },
): string =>
  `<barline location="${location}">` +
  (ending ? `<ending number="${ending}" type="${location === 'left' ? 'start' : 'stop'}"/>` : '') +
  (repeat ? `<repeat direction="${location === 'left' ? 'forward' : 'backward'}"/>` : '') +
  '</barline>';

/** A metronome mark: quarters a minute. Verovio draws its note in a font. */
export const metronome = (tempo: number): string =>
  '<direction><direction-type><metronome><beat-unit>quarter</beat-unit>' +
  `<per-minute>${tempo}</per-minute></metronome></direction-type><sound tempo="${tempo}"/></direction>`;

/** A bar of four beats. */
export const bar = (
  number: number,
  notes: string,
  { before = '', after = '', tempo }: { before?: string; after?: string; tempo?: number } = {},
): string =>
  `<measure number="${number}">${before}` +
  (number === 1
    ? '<attributes><divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time>' +
      '<clef><sign>G</sign><line>2</line></clef></attributes>'
    : '') +
  `${tempo ? metronome(tempo) : ''}` +
  `${notes}${after}</measure>`;

/** A score of one part in MusicXML. */
export const musicXml = (bars: readonly string[], partName = 'Piano'): string =>
  '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="3.1"><part-list>' +
  `<score-part id="P1"><part-name>${partName}</part-name></score-part></part-list>` +
  `<part id="P1">${bars.join('')}</part></score-partwise>`;
