import { expect, it, vi } from "vitest";
import { Scope } from "../../../../src/core/dispose";
import { type Answer, DetachedError } from "../../../../src/core/requests";
import { Finding } from "../../../../src/views/click_to_patch/findings/finding";

const ASKED = { interventions: [], target: 1 };

/** A finding of numbers, and the kernel that the test plays. */
function made() {
  const open: { resolve(answer: Answer): void; reject(error: unknown): void }[] = [];
  const ask = vi.fn(
    () => new Promise<Answer>((resolve, reject) => open.push({ resolve, reject })),
  );
  const view = { requests: { ask }, invalidate: vi.fn(), scope: new Scope() };
  const read = (result: Answer["result"]) => {
    if (typeof result.n !== "number") throw new Error("no number");
    return result.n;
  };
  const finding = new Finding(view as never, "replay", read);
  const settle = async (result: Answer["result"] | Error) => {
    const { resolve, reject } = open.shift() ?? {};
    if (result instanceof Error) reject?.(result);
    else resolve?.({ result, arrays: [] });
    await new Promise((done) => setTimeout(done));
  };
  return { finding, ask, settle, view };
}

it("keeps what came with what was asked for it", async () => {
  const { finding, ask, settle, view } = made();
  finding.ask(ASKED);
  expect(ask).toHaveBeenCalledWith("replay", ASKED, { slow: true });
  expect(finding.awaited).toBe(ASKED);
  await settle({ n: 7 });
  expect(finding.found).toEqual({ asked: ASKED, value: 7 });
  expect(finding.awaited).toBeNull();
  expect(finding.isOf({ target: 1, interventions: [] })).toBe(true);
  expect(finding.isOf({ target: 2, interventions: [] })).toBe(false);
  expect(view.invalidate).toHaveBeenCalledTimes(2); // as it is asked, and as it comes
});

it("asks for one thing at a time", () => {
  const { finding, ask } = made();
  finding.ask(ASKED);
  finding.ask({ ...ASKED, target: 2 });
  expect(ask).toHaveBeenCalledTimes(1);
  expect(finding.awaited).toBe(ASKED);
});

it.each([
  [new Error("a sweep is running"), "It could not be done: a sweep is running"],
  [new DetachedError("detached"), "The kernel is gone: run the cell again."],
  [{}, "This saved page doesn't hold it: run the notebook to ask for it."],
  [{ n: 8, cancelled: true }, "Cancelled: nothing new was found."],
  [{ n: "many" }, "It could not be done: no number"],
])("says why there is nothing new and keeps what there was: %s", async (came, why) => {
  const { finding, settle } = made();
  finding.ask(ASKED);
  await settle({ n: 7 });
  const other = { ...ASKED, target: 2 };
  finding.ask(other);
  await settle(came);
  expect(finding.trouble).toBe(why);
  expect(finding.isOf(other)).toBe(true);
  expect(finding.found).toEqual({ asked: ASKED, value: 7 });
  finding.ask(ASKED);
  expect(finding.trouble).toBe("");
});
