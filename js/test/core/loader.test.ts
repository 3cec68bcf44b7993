import { expect, it, vi } from "vitest";
import { Loader, type Question } from "../../src/core/loader";
import { type Answer, DetachedError } from "../../src/core/requests";

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
  const [came, failed] = [vi.fn(), vi.fn()];
  const loader = new Loader({ ask }, { needed, came, failed });
  return { loader, open, came, failed };
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
