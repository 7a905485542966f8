// How a job's workspace is laid out: its arrays one behind the other.
let end: usize = 0;

/** Begins at an address. */
export function startAt(address: usize): void {
  end = address;
}

/** The address of the next `bytes` bytes. */
export function take(bytes: usize): usize {
  const address = end;
  end += bytes;
  return address;
}

/** Goes on to the next cache line; returns its address. */
export function toLine(): usize {
  end = (end + 63) & ~63;
  return end;
}
