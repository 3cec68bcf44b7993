import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Scope } from "../../src/core/dispose";
import { Player } from "../../src/lens/layers/player";

let layer: number;
let seen: number[];
let scope: Scope;
let player: Player;

beforeEach(() => {
  vi.useFakeTimers();
  layer = 0;
  seen = [];
  scope = new Scope();
  player = new Player(scope, {
    last: 3,
    get: () => layer,
    show(next) {
      layer = next;
      seen.push(next);
    },
    changed: () => undefined,
  });
});

afterEach(() => vi.useRealTimers());

describe("Player", () => {
  it("shows each layer in its turn and stops at the last", () => {
    player.toggle();
    expect(player.playing).toBe(true);
    vi.advanceTimersByTime(700);
    expect(seen).toEqual([1]);
    vi.advanceTimersByTime(10_000);
    expect(seen).toEqual([1, 2, 3]);
    expect(player.playing).toBe(false);
  });

  it("starts again from the embedding when the last layer is on show", () => {
    layer = 3;
    player.toggle();
    expect(seen).toEqual([-1]);
    vi.advanceTimersByTime(10_000);
    expect(seen).toEqual([-1, 0, 1, 2, 3]);
  });

  it("stops where it is, and goes on from there", () => {
    player.toggle();
    vi.advanceTimersByTime(700);
    player.toggle();
    vi.advanceTimersByTime(10_000);
    expect(seen).toEqual([1]);
    player.toggle();
    vi.advanceTimersByTime(700);
    expect(seen).toEqual([1, 2]);
  });

  it("gives way to whoever goes to another layer", () => {
    player.toggle();
    layer = 2;
    vi.advanceTimersByTime(10_000);
    expect(seen).toEqual([]);
    expect(player.playing).toBe(false);
  });

  it("ends with its view", () => {
    player.toggle();
    scope.dispose();
    vi.advanceTimersByTime(10_000);
    expect(seen).toEqual([]);
  });
});
