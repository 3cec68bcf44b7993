import { decode, type WireArray } from "../core/codec";
import { messageOf } from "../core/requests";
import type { ClickToPatchState } from "../core/state.gen";
import type * as engine from "../live";
import { held, missing } from "./held";
import type { Answers, EmbeddedArray, State } from "./host_model";
import { inflated } from "./inflated";

/** The script that computes models, which only pages with one have beside them. */
export type LiveEngine = typeof engine;

/** What a page holds of a model that it computes. */
export interface LiveData {
  /** What the model's script is held by. */
  model: string;
  /** Pictures of which means are taken, [picture, height, width, colour]. */
  references: EmbeddedArray;
}

type Shown = Pick<ClickToPatchState, "picture" | "donors" | "logits">;

/** Kinds of edits that a page computes, "mean" where it has what that is taken of. */
const COMPUTED: readonly string[] = ["patch", "zero", "steer"];

interface Opened {
  /** What differs from the state that the page came with. */
  state: State;
  answers: Answers;
  /** Whether a request is computed. */
  computes: (request: State) => boolean;
}

/** Answer `predict` by computing, for a page of click-to-patch.
 *
 * Predictions are compared with the page's own clean run: where nothing changes, not a
 * bit does.
 */
export async function openLive(
  live: LiveEngine | undefined,
  { model, references }: LiveData,
  state: State,
): Promise<Opened> {
  if (!live) throw new Error(missing("live.js"));
  const shown = state as unknown as Shown;
  const packed = held<engine.PackedModel>(model);
  let patcher: engine.LivePatcher;
  try {
    patcher = new live.LivePatcher(await live.LiveModel.load(packed), {
      clean: decode("picture", shown.picture),
      donors: new Map(
        shown.donors.map(({ name, picture }) => [name, decode(name, picture)]),
      ),
      references: picturesIn(await inflated(references)),
    });
  } catch (error) {
    const answers = () => ({ error: messageOf(error) });
    return { state: {}, answers, computes: () => true }; // and each says why not
  }
  const kinds = [...COMPUTED, ...(references.shape[0] ? ["mean"] : [])];
  void patcher.means(); // ahead of who will ask for them
  return {
    state: {
      logits: wireArray(patcher.clean.logits),
      donors: shown.donors.map((donor) => {
        const { logits } = patcher.donors.get(donor.name) as engine.Run;
        return { ...donor, logits: wireArray(logits) };
      }),
    },
    answers: predictions(patcher),
    computes: ({ kind, of, interventions = [{ kind: of }] }) =>
      kind === "predict" &&
      (interventions as engine.Edit[]).every((edit) => kinds.includes(edit.kind)),
  };
}

function predictions(patcher: engine.LivePatcher): Answers {
  return async ({ kind, interventions }) => {
    if (kind !== "predict") return undefined;
    try {
      const logits = await patcher.predict(interventions as engine.Edit[]);
      return { arrays: [{ name: "logits", ...wireArray(logits) }] };
    } catch (error) {
      return { error: messageOf(error) };
    }
  };
}

function picturesIn({ shape, data }: EmbeddedArray): Uint8Array[] {
  const [count = 0, ...sizes] = shape;
  const values = new Uint8Array(data as ArrayBuffer);
  const size = sizes.reduce((product, extent) => product * extent, 1);
  return Array.from({ length: count }, (_, at) =>
    values.subarray(at * size, (at + 1) * size),
  );
}

function wireArray(values: Float32Array): WireArray<"float32"> {
  return { dtype: "float32", shape: [values.length], data: values };
}
