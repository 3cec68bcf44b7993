import { describe, expect, it, vi } from "vitest";
import { Scope } from "../../src/core/dispose";

describe("Scope", () => {
  it("ends with its parent, and takes its listeners along", () => {
    const parent = new AbortController();
    const scope = new Scope(parent.signal);
    const target = new EventTarget() as HTMLElement;
    const clicked = vi.fn();
    const released = vi.fn();
    scope.listen(target, "click", clicked);
    scope.onDispose(released);
    target.dispatchEvent(new Event("click"));
    parent.abort();
    target.dispatchEvent(new Event("click"));
    expect(clicked).toHaveBeenCalledTimes(1);
    expect(released).toHaveBeenCalledTimes(1);
  });

  it("is over at once under a parent that is", () => {
    expect(new Scope(AbortSignal.abort()).disposed).toBe(true);
  });

  it("runs delayed work unless it is cancelled or over", () => {
    vi.useFakeTimers();
    const scope = new Scope();
    const ran: string[] = [];
    scope.after(10, () => ran.push("on time"));
    scope.after(10, () => ran.push("cancelled"))();
    scope.after(30, () => ran.push("too late"));
    vi.advanceTimersByTime(20);
    scope.dispose();
    vi.advanceTimersByTime(20);
    expect(ran).toEqual(["on time"]);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("draws once a frame however often it is asked, and never after the end", () => {
    const frames: (() => void)[] = [];
    vi.stubGlobal("requestAnimationFrame", (work: () => void) => frames.push(work));
    vi.stubGlobal("cancelAnimationFrame", (id: number) => {
      frames[id - 1] = () => undefined;
    });
    const scope = new Scope();
    const draw = vi.fn();
    const soon = scope.eachFrame(draw);
    soon();
    soon();
    frames[0]?.();
    expect(draw).toHaveBeenCalledTimes(1);
    soon();
    scope.dispose();
    soon();
    for (const frame of frames.slice(1)) frame();
    expect(draw).toHaveBeenCalledTimes(1);
    expect(frames).toHaveLength(2);
    vi.unstubAllGlobals();
  });
});
