/** A thing of which is known where it is. */
interface Named {
  /** The classes that are called so; empty where no class is. */
  classes: readonly number[];
}

/** The objects that a set of classes is compared with: those that one of the classes is
 * called like; a single object that no class is called like is compared with any set. */
export function comparedObjects<Known extends Named>(
  truth: readonly Known[],
  set: readonly number[],
): Known[] {
  const found = truth.filter(({ classes }) =>
    classes.some((each) => set.includes(each)),
  );
  const [only] = truth;
  const isAlone = truth.length === 1 && only?.classes.length === 0 && set.length > 0;
  return isAlone && only ? [only] : found;
}
