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
 * given since; else those that are missing are added. An edit just like this one that is
 * switched off is switched on.
 *
 * @param order all labels, in the order of the grid
 * @returns null when the component is edited so at all tokens, and some are given: there
 *   would be no telling what a click on one of them means
 */
export function toggled(
  edits: readonly PatchEdit[],
  address: string,
  change: Change,
  tokens: readonly string[],
  order: readonly string[],
): PatchEdit[] | null {
  const isSo = (edit: PatchEdit) => isLike(edit, address, change);
  const here = edits.filter((edit) => edit.switch === "on" && isSo(edit));
  const ofAll = tokens.length === 0;
  if (here.some((edit) => edit.tokens.length === 0)) {
    return ofAll ? without(edits, here) : null;
  }
  const given = sorted(tokens, order);
  const edited = new Set(here.flatMap((edit) => edit.tokens));
  if (!ofAll && given.every((token) => edited.has(token))) {
    return withoutTokens(edits, here, given);
  }
  const isOff = (edit: PatchEdit) =>
    edit.switch === "off" && isSo(edit) && sameJson(edit.tokens, given);
  const off = edits.find(isOff);
  if (off) return replaced(edits, off, { ...off, switch: "on" });
  const missing = given.filter((token) => !edited.has(token));
  const added: PatchEdit = { address, tokens: missing, ...change, switch: "on" };
  if (ofAll) return [...without(edits, here), added];
  const { strength, seed } = change;
  const same = here.find((edit) => edit.strength === strength && edit.seed === seed);
  if (!same) return [...edits, added];
  const joined = sorted([...same.tokens, ...missing], order);
  return replaced(edits, same, { ...same, tokens: joined });
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

function without(edits: readonly PatchEdit[], gone: readonly PatchEdit[]): PatchEdit[] {
  return edits.filter((edit) => !gone.includes(edit));
}

/** An edit that is left without a token goes: to have none means all. */
function withoutTokens(
  edits: readonly PatchEdit[],
  here: readonly PatchEdit[],
  gone: readonly string[],
): PatchEdit[] {
  return edits.flatMap((edit) => {
    if (!here.includes(edit)) return [edit];
    const tokens = edit.tokens.filter((token) => !gone.includes(token));
    return tokens.length > 0 ? [{ ...edit, tokens }] : [];
  });
}

function replaced(
  edits: readonly PatchEdit[],
  old: PatchEdit,
  by: PatchEdit,
): PatchEdit[] {
  return edits.map((edit) => (edit === old ? by : edit));
}

function sorted(tokens: readonly string[], order: readonly string[]): string[] {
  const isGiven = new Set(tokens);
  return order.filter((token) => isGiven.has(token));
}
