import fc from 'fast-check';

/**
 * A file with some of its bytes flipped, set, cut out, repeated or moved, its end cut off, or its
 * numbers of 16, 32 and 64 bits replaced by extreme ones: what transfers, disks and attackers do.
 */
export function mutated(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(Math.max(0, good.length - 1));
  // Most of what matters is at the beginning.
  const at = fc.oneof(place, fc.nat(Math.min(120, good.length)));
  const extreme = fc.constantFrom(0, 1, 2, 0x7f, 0x7fff, 0x7fffffff, 0x80000000, 0xffffffff);
  const change = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at, value: fc.nat(255) }),
    fc.record({ kind: fc.constant('flip' as const), at, bit: fc.nat(7) }),
    fc.record({ kind: fc.constant('cut' as const), at, length: fc.nat(40) }),
    fc.record({ kind: fc.constant('end' as const), at }),
    fc.record({ kind: fc.constant('copy' as const), at, to: place, length: fc.nat(60) }),
    fc.record({ kind: fc.constant('swap' as const), at, to: place, length: fc.nat(60) }),
    fc.record({
      kind: fc.constant('number' as const),
      at,
      value: extreme,
      bytes: fc.constantFrom(2, 4, 8),
      littleEndian: fc.boolean(),
    }),
  );
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    let bytes = Buffer.from(good);
    for (const one of changes) {
      const { at } = one;
      const part = 'length' in one ? bytes.subarray(at, at + one.length) : Buffer.alloc(0);
      const after = at + part.length;
      if (one.kind === 'end') bytes = bytes.subarray(0, at);
      else if (one.kind === 'cut') {
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(after)]);
      } else if (one.kind === 'copy') {
        bytes = Buffer.concat([bytes.subarray(0, one.to), part, bytes.subarray(one.to)]);
      } else if (one.kind === 'swap') {
        const rest = Buffer.concat([bytes.subarray(0, at), bytes.subarray(after)]);
        bytes = Buffer.concat([rest.subarray(0, one.to), part, rest.subarray(one.to)]);
      } else if (at < bytes.length) {
        if (one.kind === 'set') bytes[at] = one.value;
        else if (one.kind === 'flip') bytes[at]! ^= 1 << one.bit;
        else {
          const number = Buffer.alloc(8);
          if (one.littleEndian) number.writeBigUInt64LE(BigInt(one.value));
          else number.writeBigUInt64BE(BigInt(one.value));
          const start = one.littleEndian ? 0 : 8 - one.bytes;
          number.copy(bytes, at, start, start + one.bytes);
        }
      }
    }
    return bytes;
  });
}
