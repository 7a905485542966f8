/** Where a family's static data ends. */
export function heapBase(): usize {
  return __heap_base;
}
