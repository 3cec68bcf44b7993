/** Places for labels that lie beside each other on a line: each as near to where it
 * belongs as all together can be (least squares), none closer to the next than `gap`,
 * in the order in which they belong.
 *
 * @param wanted where each label belongs
 * @param room the smallest and the largest place; where it is too small for all, they
 *   stand closer
 */
export function spread(
  wanted: readonly number[],
  gap: number,
  [low, high]: readonly [number, number],
): number[] {
  const order = wanted.map((_, index) => index);
  order.sort((one, other) => (wanted[one] ?? 0) - (wanted[other] ?? 0));
  const between = Math.min(gap, (high - low) / Math.max(1, wanted.length - 1));
  const highest = high - between * Math.max(0, wanted.length - 1);
  // With the gaps taken out, places only must not fall: neighbours that would are pooled
  // at their mean.
  const pools: { sum: number; count: number }[] = [];
  order.forEach((index, rank) => {
    let pool = { sum: (wanted[index] ?? 0) - rank * between, count: 1 };
    for (
      let last = pools.at(-1);
      last && mean(last) >= mean(pool);
      last = pools.at(-1)
    ) {
      pool = { sum: last.sum + pool.sum, count: last.count + pool.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const places = new Array<number>(wanted.length);
  let rank = 0;
  for (const pool of pools) {
    const place = Math.min(highest, Math.max(low, mean(pool)));
    for (let count = 0; count < pool.count; count++, rank++) {
      places[order[rank] as number] = place + rank * between;
    }
  }
  return places;
}

function mean({ sum, count }: { sum: number; count: number }): number {
  return sum / count;
}
