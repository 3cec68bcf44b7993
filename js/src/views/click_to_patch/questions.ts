import type { Question } from "../../core/loader";
import type { Answer } from "../../core/requests";
import type { SettingsReader } from "./facts";
import type { AskedEdit, Prediction, SweepQuestion } from "./patcher";
import { softmax, strongestIndex } from "./softmax";
import * as WORDS from "./words";

/** What the model says with these edits. */
export function predictQuestion(
  edits: readonly AskedEdit[],
  classes: number,
): Question<Prediction> {
  return {
    kind: "predict",
    request: { interventions: edits },
    read: (answer) =>
      predictionOf(edits, numbersIn(answer, "logits", classes, WORDS.needsKernel)),
  };
}

/** What the model says, from its logits. */
export function predictionOf(
  edits: readonly AskedEdit[],
  logits: Float32Array,
): Prediction {
  return {
    edits,
    logits,
    probabilities: softmax(logits),
    top: strongestIndex(logits),
  };
}

/** What a sweep would find, approximately. */
export function previewQuestion(
  question: SweepQuestion,
  cells: number,
): Question<Float32Array> {
  return {
    kind: "preview",
    request: { ...question },
    read: (answer) => numbersIn(answer, "values", cells, WORDS.notHeld),
    slow: true,
  };
}

/** What a sweep of the grid on show is asked for. */
export function sweepQuestion(settings: SettingsReader): SweepQuestion {
  const shown = settings.get("grid_shown");
  const over = {
    heads: "heads",
    tokens: settings.get("site"),
    head_tokens: settings.get("part"),
  }[shown];
  return {
    over,
    layer: shown === "head_tokens" ? settings.get("layer") : -1,
    source: settings.get("source"),
    target: settings.get("target"),
    metric: settings.get("metric"),
    direction: settings.get("direction"),
  };
}

/** How many cells the grid of a sweep has. */
export function cellsOf(
  { over, layer }: Pick<SweepQuestion, "over" | "layer">,
  sizes: { layers: number; heads: number; tokens: number },
): number {
  if (over === "heads") return sizes.layers * sizes.heads;
  return (layer < 0 ? sizes.layers : sizes.heads) * sizes.tokens;
}

/** @param absent said of an answer without arrays, as a saved page gives to what it does
 *   not hold */
function numbersIn(
  { arrays }: Answer,
  name: string,
  count: number,
  absent: string,
): Float32Array {
  if (arrays.length === 0) throw new Error(absent);
  const values = arrays.find((array) => array.name === name)?.values;
  if (values instanceof Float32Array && values.length === count) return values;
  throw new Error(WORDS.damaged(name, count, values?.length ?? 0));
}
