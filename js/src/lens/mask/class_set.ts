import type { LensFacts } from "../facts";

type Kinds = Pick<LensFacts, "superclassOf">;

/** A part of a set of classes that is shown as one: all of a superclass, or one class. */
export type Part =
  | { superclass: number; classes: readonly number[] }
  | { superclass: null; classes: readonly [number] };

/** Classes of a superclass, in their order. */
export function classesOf({ superclassOf }: Kinds, superclass: number): number[] {
  return superclassOf.flatMap((kind, index) => (kind === superclass ? [index] : []));
}

/** A set as few parts: superclasses that are in it in full, then single classes. */
export function partsOf(kinds: Kinds, set: readonly number[]): Part[] {
  const present = new Set(set);
  const superclasses = new Set(set.map((each) => kinds.superclassOf[each] ?? -1));
  const whole = [...superclasses]
    .sort((one, other) => one - other)
    .flatMap((superclass) => {
      const classes = classesOf(kinds, superclass);
      const isWhole = classes.length > 1 && classes.every((each) => present.has(each));
      return isWhole ? [{ superclass, classes }] : [];
    });
  const covered = new Set(whole.flatMap(({ classes }) => classes));
  const single = [...present]
    .filter((each) => !covered.has(each))
    .sort((one, other) => one - other);
  return [
    ...whole,
    ...single.map((each): Part => ({ superclass: null, classes: [each] })),
  ];
}

/** A set with more classes in it, in their order, each once. */
export function withClasses(set: readonly number[], more: readonly number[]): number[] {
  return [...new Set([...set, ...more])].sort((one, other) => one - other);
}

export function withoutClasses(
  set: readonly number[],
  fewer: readonly number[],
): number[] {
  return set.filter((each) => !fewer.includes(each));
}
