/**
 * The bytes of a text as the build writes the kernels: see `bytesOf` of the host, whose interpreter
 * takes twenty times as long for a text that is read once.
 * @param codes of each of 128 characters, the number that it stands for
 * @param count how many of these numbers are bytes, the others being escapes
 * @returns how many bytes there are
 */
export function bytesOfText(codes: usize, count: i32, text: usize, length: i32, bytes: usize): i32 {
  let to = bytes;
  let escape = 0;
  for (let at = text; at < text + length; at++) {
    const value = <i32>load<u8>(codes + load<u8>(at));
    if (value < count) {
      store<u8>(to++, escape + value - 3);
      escape = 0;
    } else {
      escape = (value - count + 1) * count;
    }
  }
  return <i32>(to - bytes);
}
