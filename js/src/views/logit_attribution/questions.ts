import type { Question as AnyQuestion } from "../../core/loader";
import type { Level } from "./address";
import {
  type Neurons,
  neuronsFrom,
  type Sources,
  type Split,
  sourcesFrom,
  splitFrom,
} from "./answers";
import type { Quantity } from "./quantity";

/** Something to ask the kernel for. */
export type Question<Value = unknown> = AnyQuestion<
  Value,
  "attribution" | "sources" | "neurons"
>;

export function splitQuestion(quantity: Quantity): Question<Split> {
  return { kind: "attribution", request: { ...quantity }, read: splitFrom };
}

export function sourcesQuestion(
  quantity: Quantity,
  level: Level,
): Question<Sources> | null {
  if (level.kind !== "head") return null;
  const { layer, head } = level;
  const request = { ...quantity, layer, head };
  return { kind: "sources", request, read: sourcesFrom };
}

export function neuronsQuestion(
  quantity: Quantity,
  level: Level,
): Question<Neurons> | null {
  if (level.kind !== "mlp") return null;
  const request = { ...quantity, layer: level.layer };
  return { kind: "neurons", request, read: neuronsFrom };
}
