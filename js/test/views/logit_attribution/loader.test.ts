import { expect, it, vi } from "vitest";
import { type Answer, DetachedError } from "../../../src/core/requests";
import {
  Loader,
  neuronsQuestion,
  type Question,
  sourcesQuestion,
  splitQuestion,
} from "../../../src/views/logit_attribution/loader";
import type { Quantity } from "../../../src/views/logit_attribution/quantity";

const QUANTITY: Quantity = { target: 3, versus: -1, measure: "logit" };

function question(name: string): Question<string> {
  return {
    kind: "sources",
    request: { name },
    read: ({ result }: Answer) => String(result.text),
  };
}

/** A loader whose questions stay open until the test answers them. */
function setUp(needed: () => readonly (Question | null)[]) {
  const open: {
    name: unknown;
    answer(text: string): void;
    fail(error: Error): void;
  }[] = [];
  const ask = (_kind: string, request: Record<string, unknown>) =>
    new Promise<Answer>((resolve, reject) => {
      const answer = (text: string) => resolve({ result: { text }, arrays: [] });
      open.push({ name: request.name, answer, fail: reject });
    });
  const view = { requests: { ask }, invalidate: vi.fn() };
  const failed = vi.fn();
  const loader = new Loader(view as never, needed, failed);
  return { loader, open, view, failed };
}

const settle = () => new Promise((done) => setTimeout(done));

it("asks for one thing at a time, and each time for what is needed by then", async () => {
  let needed = [question("a"), question("b")];
  const { loader, open } = setUp(() => needed);
  loader.want();
  loader.want();
  expect(open.map(({ name }) => name)).toEqual(["a"]);
  needed = [question("a"), question("c")];
  open[0]?.answer("A");
  await settle();
  expect(open.map(({ name }) => name)).toEqual(["a", "c"]);
  expect(loader.get(question("a"))).toBe("A");
  expect(loader.get(question("b"))).toBeNull();
});

it("says why something could not be had, goes on, and tries again when asked", async () => {
  const needed = [question("a"), question("b")];
  const { loader, open, failed } = setUp(() => needed);
  loader.want();
  open[0]?.fail(new Error("no such head"));
  await settle();
  expect(failed).toHaveBeenCalledExactlyOnceWith(needed[0], "no such head");
  expect(loader.whyNot(question("a"))).toBe("no such head");
  expect(open.map(({ name }) => name)).toEqual(["a", "b"]);
  open[1]?.answer("B");
  await settle();
  loader.want();
  expect(open.map(({ name }) => name)).toEqual(["a", "b", "a"]);
});

it("waits quietly while the kernel is gone", async () => {
  const { loader, open, failed } = setUp(() => [question("a")]);
  loader.want();
  open[0]?.fail(new DetachedError("detached"));
  await settle();
  expect(failed).not.toHaveBeenCalled();
  expect(open).toHaveLength(1);
  loader.want();
  expect(open).toHaveLength(2);
});

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
