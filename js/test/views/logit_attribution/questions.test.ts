import { expect, it } from "vitest";
import type { Quantity } from "../../../src/views/logit_attribution/quantity";
import {
  neuronsQuestion,
  sourcesQuestion,
  splitQuestion,
} from "../../../src/views/logit_attribution/questions";

const QUANTITY: Quantity = { target: 3, versus: -1, measure: "logit" };

it("asks in the kernel's words", () => {
  expect(splitQuestion(QUANTITY)).toMatchObject({
    kind: "attribution",
    request: QUANTITY,
  });
  expect(sourcesQuestion(QUANTITY, { kind: "head", layer: 4, head: 1 })).toMatchObject({
    kind: "sources",
    request: { ...QUANTITY, layer: 4, head: 1 },
  });
  expect(neuronsQuestion(QUANTITY, { kind: "mlp", layer: 4 })).toMatchObject({
    kind: "neurons",
    request: { ...QUANTITY, layer: 4 },
  });
  expect(sourcesQuestion(QUANTITY, { kind: "mlp", layer: 4 })).toBeNull();
  expect(neuronsQuestion(QUANTITY, { kind: "all" })).toBeNull();
});
