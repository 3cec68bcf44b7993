import { sameJson } from "../../core/json_values";
import type { PatchEdit } from "../../core/state.gen";
import type { SettingsReader } from "./facts";
import type { AskedEdit } from "./patcher";

/** What an edit puts where it acts. */
export type Change = Pick<PatchEdit, "kind" | "strength" | "source" | "seed">;

/** Kinds whose values come from a donor. */
const FROM_DONOR: readonly PatchEdit["kind"][] = ["patch", "steer"];

/** Whether this kind takes something from a donor. */
export function takesDonor(kind: PatchEdit["kind"]): boolean {
  return FROM_DONOR.includes(kind);
}

/** What a new edit puts there, as the settings say: only some kinds name a donor. */
export function changeOf(settings: SettingsReader): Change {
  const kind = settings.get("kind");
  const source = takesDonor(kind) ? settings.get("source") : "";
  return { kind, strength: settings.get("strength"), source, seed: 0 };
}

/** Whether an edit puts this into this component, however strongly. */
export function isLike(edit: PatchEdit, address: string, change: Change): boolean {
  return (
    edit.address === address &&
    edit.kind === change.kind &&
    edit.source === change.source
  );
}

/** The edits that act, as the kernel is asked for them. */
export function actingOf(edits: readonly PatchEdit[]): AskedEdit[] {
  return edits
    .filter((edit) => edit.switch === "on")
    .map(({ switch: _, ...asked }) => asked);
}

/** The edits after a click on a component at these tokens (none: all of them).
 *
 * Tokens that are all edited so already are taken away, whatever strength their edit was
 * given since; else those that are missing are added, and what acted on them otherwise
 * gives way. An edit just like this one that is switched off is switched on.
 *
 * @param order all labels, in the order of the grid
 */
export function toggled(
  edits: readonly PatchEdit[],
  address: string,
  change: Change,
  tokens: readonly string[],
  order: readonly string[],
): PatchEdit[] {
  const isSo = (edit: PatchEdit) => isLike(edit, address, change);
  const labels = (of: readonly string[]) => (of.length > 0 ? of : order);
  const ofAll = tokens.length === 0;
  const given = new Set(labels(tokens));
  const here = edits.filter((edit) => edit.switch === "on" && edit.address === address);
  const alike = here.filter(isSo);
  const edited = new Set(alike.flatMap((edit) => labels(edit.tokens)));
  if ([...given].every((token) => edited.has(token))) {
    return without(edits, alike, given, order);
  }
  const named = inOrder(given, order);
  const off = edits.find(
    (edit) => edit.switch === "off" && isSo(edit) && sameJson(edit.tokens, named),
  );
  const { strength, seed } = change;
  const same = ofAll
    ? undefined
    : alike.find((edit) => edit.strength === strength && edit.seed === seed);
  const missing = [...given].filter((token) => ofAll || !edited.has(token));
  const joined = new Set([...(same ? labels(same.tokens) : []), ...missing]);
  const added: PatchEdit = off
    ? { ...off, switch: "on" }
    : { address, tokens: inOrder(joined, order), ...change, switch: "on" };
  const giveWay = here.filter((edit) => ofAll || !isSo(edit));
  return without(edits, giveWay, given, order, off ?? same, added);
}

/** The components whose edits are not the same before and after, for people. */
export function touched(
  before: readonly PatchEdit[],
  after: readonly PatchEdit[],
): string {
  const isIn = (edits: readonly PatchEdit[], edit: PatchEdit) =>
    edits.some((each) => sameJson(each, edit));
  const gone = before.filter((edit) => !isIn(after, edit));
  const come = after.filter((edit) => !isIn(before, edit));
  return [...new Set([...gone, ...come].map(({ address }) => address))].join(", ");
}

/** Whether two of these change the same numbers, so that their order counts. */
export function overlap(edits: readonly PatchEdit[]): boolean {
  return edits.some(({ address, tokens }, at) =>
    edits.some((other, before) => {
      if (before >= at || other.address !== address) return false;
      const isAll = tokens.length === 0 || other.tokens.length === 0;
      return isAll || tokens.some((token) => other.tokens.includes(token));
    }),
  );
}

/** Take tokens out of some edits; one that is left without a token goes.
 *
 * @param added comes in the place of `old`; without that, of the first one that goes;
 *   without any, at the end
 */
function without(
  edits: readonly PatchEdit[],
  some: readonly PatchEdit[],
  gone: ReadonlySet<string>,
  order: readonly string[],
  old?: PatchEdit,
  added?: PatchEdit,
): PatchEdit[] {
  const coming = added ? [added] : [];
  const left = edits.flatMap((edit) => {
    if (edit === old) return coming.splice(0);
    if (!some.includes(edit)) return [edit];
    const all = edit.tokens.length > 0 ? edit.tokens : order;
    const tokens = all.filter((token) => !gone.has(token));
    if (tokens.length > 0) return [{ ...edit, tokens }];
    return old ? [] : coming.splice(0);
  });
  return [...left, ...coming];
}

/** Labels in the order of the grid; none where they are all. */
function inOrder(tokens: ReadonlySet<string>, order: readonly string[]): string[] {
  return tokens.size === order.length ? [] : order.filter((token) => tokens.has(token));
}
