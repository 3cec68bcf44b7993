/** A part of a view. */
export interface Panel<Change extends string> {
  readonly root: HTMLElement;
  update(changed: ReadonlySet<Change>): void;
}

/** Whether one of these changes is among what changed. */
export function contains<Change>(
  changed: ReadonlySet<Change>,
  ...changes: readonly Change[]
): boolean {
  return changes.some((change) => changed.has(change));
}
