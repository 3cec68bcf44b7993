import { deflateSync } from "node:zlib";
import { expect, it } from "vitest";
import { answerFrom } from "../../src/host/exported_page";
import { HostModel } from "../../src/host/host_model";

const CODES = new Uint8Array([3, 1, 4, 1, 5, 9]);
const SCALES = new Float32Array([0.5, 0.25]);

function packed(bytes: Uint8Array): string {
  return deflateSync(bytes).toString("base64");
}

function kept(layer: number, codes = packed(CODES)) {
  const scales = packed(new Uint8Array(SCALES.buffer));
  return {
    request: { kind: "attention", layer },
    reply: {
      result: {},
      arrays: [
        { name: "codes", dtype: "uint8" as const, shape: [6], data: codes },
        { name: "scales", dtype: "float32" as const, shape: [2], data: scales },
      ],
    },
  };
}

it("answers with the bytes that were packed, over the wire of every host", async () => {
  const model = new HostModel({ state: {}, answers: answerFrom([kept(0), kept(1)]) });
  const heard = new Promise<unknown[]>((resolve) => {
    model.on("msg:custom", (...values) => resolve(values));
  });
  model.send({ type: "request", id: "a-0", kind: "attention", layer: 1 });
  const [content, buffers] = (await heard) as [Record<string, unknown>, DataView[]];
  expect(content).toMatchObject({ type: "reply", id: "a-0", part: 0, parts: 1 });
  expect(content.arrays).toEqual([
    { name: "codes", dtype: "uint8", shape: [6] },
    { name: "scales", dtype: "float32", shape: [2] },
  ]);
  const [view] = buffers;
  const bytes = new Uint8Array(view?.buffer ?? new ArrayBuffer(0));
  expect([...bytes]).toEqual([...CODES, ...new Uint8Array(SCALES.buffer)]);
});

it.each([
  [{ kind: "attention", layer: 2 }],
  [{ kind: "attention" }],
  [{ kind: "attention", layer: 0, more: 1 }],
  [{ kind: "value", layer: 0, head: 0, query: 0, key: 0 }],
])("knows nothing more of what it doesn't hold: %j", async (request) => {
  const answer = answerFrom([kept(0)]);
  expect(await answer({ type: "request", id: "a-1", ...request })).toEqual({
    result: {},
  });
});

it("says when its data is damaged", async () => {
  const answer = answerFrom([kept(0, btoa("not deflated"))]);
  const reply = await answer({ type: "request", id: "a", kind: "attention", layer: 0 });
  expect(reply.error).toContain("can't be unpacked");
});

it("computes what it doesn't hold, where it can", async () => {
  const computed = { arrays: [] };
  const answer = answerFrom([kept(0)], ({ kind }) =>
    kind === "predict" ? computed : undefined,
  );
  const ask = (request: object) => answer({ type: "request", id: "a", ...request });
  expect(await ask({ kind: "predict", interventions: [] })).toBe(computed);
  expect(await ask({ kind: "sweep" })).toEqual({ result: {} });
  const reply = await ask({ kind: "attention", layer: 0 });
  expect(reply.arrays).toHaveLength(2);
});
