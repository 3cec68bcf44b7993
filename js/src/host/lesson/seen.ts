import { sameJson } from "../../core/json_values";
import type { PatchEdit } from "../../core/state.gen";
import { ANSWER_NOW, EDITS_NOW, type KeptVerdict } from "./lesson_data";
import { WORDS } from "./words";

/** What the model says with the edits of the view. */
export interface Said {
  top: number;
  /** In a sentence. */
  words: string;
}

/** What is seen of an answer. */
export interface Seen {
  /** A setting of the view. */
  setting(name: string): unknown;
  /** What was chosen of a guess, or "". */
  choice: string;
  /** Those that act, in click-to-patch. */
  edits: readonly PatchEdit[];
  /** Null where the page can't tell. */
  said(): Promise<Said | null>;
}

/** What edits have in common, as `vitwidgets/workshop/answer_space.py` names it. */
function inCommon(edits: readonly PatchEdit[]): Record<string, unknown> {
  const places = edits.flatMap(({ address, tokens }) =>
    (tokens.length > 0 ? tokens : [""]).map((token) => `${address}@${token}`),
  );
  const sole = (values: readonly string[]) =>
    new Set(values).size === 1 ? values[0] : "";
  return {
    "edits.number": edits.length,
    "edits.places": new Set(places).size,
    "edits.whole": edits.some(({ tokens }) => tokens.length === 0),
    "edits.kind": sole(edits.map(({ kind }) => kind)),
    "edits.source": sole(edits.map(({ source }) => source)),
    "edits.site": sole(edits.map(({ address }) => siteOf(address))),
    "edits.address": sole(edits.map(({ address }) => address)),
  };
}

function siteOf(address: string): string {
  return address.replace(/^L\d+[.]/, "").replace(/^H\d+$/, "head");
}

/** Find the first verdict of which all is seen, its words filled in; null where the page
 * can't judge this. */
export async function verdictOn(
  verdicts: readonly KeptVerdict[],
  seen: Seen,
): Promise<KeptVerdict | null> {
  const known: Record<string, unknown> = {
    choice: seen.choice,
    ...inCommon(seen.edits),
  };
  const value = (name: string) =>
    Object.hasOwn(known, name) ? known[name] : seen.setting(name);
  for (const verdict of verdicts) {
    const { says, ...others } = verdict.seen;
    if (!Object.entries(others).every(([name, each]) => sameJson(value(name), each)))
      continue;
    const needsModel = says !== undefined || verdict.text.includes(ANSWER_NOW);
    const said = needsModel ? await seen.said() : null;
    if (needsModel && !said) return null;
    if (says !== undefined && says !== said?.top) continue;
    const edits = WORDS.edits(seen.edits);
    const filled = (text: string) =>
      text.replaceAll(EDITS_NOW, edits).replaceAll(ANSWER_NOW, said?.words ?? "");
    return { ...verdict, what: filled(verdict.what), text: filled(verdict.text) };
  }
  return null;
}
