import type { AnyModel } from "@anywidget/types";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Scope } from "../../../src/core/dispose";
import { viewOf } from "../../../src/core/view/opening";
import { FakeModel } from "../../fake_model";

/** As much of an element as opening a view needs. */
class FakeElement extends EventTarget {
  children: (FakeElement | string)[] = [];
  parent: FakeElement | null = null;

  setAttribute(): void {}

  append(...children: (FakeElement | string)[]): void {
    this.children.push(...children);
    for (const child of children) if (typeof child !== "string") child.parent = this;
  }

  replaceChildren(...children: (FakeElement | string)[]): void {
    this.children = [];
    this.append(...children);
  }

  remove(): void {
    const { parent } = this;
    if (parent) parent.children = parent.children.filter((child) => child !== this);
  }

  get text(): string {
    const texts = this.children.map((child) =>
      typeof child === "string" ? child : child.text,
    );
    return texts.join("");
  }
}

let frames: (() => void)[] = [];

beforeEach(() => {
  frames = [];
  vi.stubGlobal("document", { createElement: () => new FakeElement() });
  vi.stubGlobal("requestAnimationFrame", (work: () => void) => frames.push(work));
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A view that writes its model's `fact`, and can't show "bad". */
function render(state: { fact: string }) {
  const model = new FakeModel(state);
  const host = new FakeElement();
  const scopes: Scope[] = [];
  const open = (said: AnyModel<{ fact: string }>, root: HTMLElement, scope: Scope) => {
    scopes.push(scope);
    const fact = said.get("fact");
    root.append(fact);
    if (fact === "bad") throw new Error("it is bad");
  };
  const widget = viewOf(["fact"], open, (why) => `Not shown: ${why}`);
  if (typeof widget !== "function") throw new Error("a widget is a factory");
  const signal = new AbortController().signal;
  const asked = { model, el: host, signal } as unknown;
  const made = widget() as { render(asked: unknown): () => void };
  return { model, host, scopes, close: made.render(asked) };
}

describe("viewOf", () => {
  it("opens the view anew, once a frame, when a fact changes", () => {
    const { model, host, scopes } = render({ fact: "one" });
    expect(host.text).toBe("one");
    model.assign("fact", "two");
    model.assign("fact", "three");
    expect(host.text).toBe("one");
    for (const frame of frames) frame();
    expect(frames).toHaveLength(1);
    expect(host.text).toBe("three");
    expect(host.children).toHaveLength(1);
    expect(scopes.map(({ disposed }) => disposed)).toEqual([true, false]);
  });

  it("says why a view can't be shown, and recovers", () => {
    const { model, host, scopes } = render({ fact: "bad" });
    expect(host.text).toBe("Not shown: it is bad");
    expect(scopes[0]?.disposed).toBe(true);
    model.assign("fact", "good");
    frames[0]?.();
    expect(host.text).toBe("good");
  });

  it("leaves nothing behind", () => {
    const { model, host, scopes, close } = render({ fact: "one" });
    close();
    expect(host.children).toEqual([]);
    expect(model.listenerCount).toBe(0);
    expect(scopes[0]?.disposed).toBe(true);
  });
});
