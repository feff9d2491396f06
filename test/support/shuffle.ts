// Disorder that can be repeated: the same seed gives the same order.

/** The items in another order (Fisher and Yates), by a small generator (Park and Miller's). */
export function shuffled<T>(items: readonly T[], seed: number = 20_260_101): T[] {
  const left = [...items];
  const result: T[] = [];
  let state = seed;
  while (left.length > 0) {
    state = (state * 48_271) % 2_147_483_647;
    result.push(...left.splice(state % left.length, 1));
  }
  return result;
}
