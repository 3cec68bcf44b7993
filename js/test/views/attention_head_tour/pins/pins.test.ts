import { describe, expect, it } from "vitest";
import {
  type Pin,
  togglePin,
} from "../../../../src/views/attention_head_tour/pins/pins";
import type { Tour } from "../../../../src/views/attention_head_tour/tour";

function fakeTour(pins: Pin[]) {
  const done: [string, unknown][] = [];
  const alerts: string[] = [];
  const tour = {
    settings: { get: () => pins },
    act: (verb: string, changes: unknown) => done.push([verb, changes]),
    alert: (message: string) => alerts.push(message),
  };
  return { tour: tour as unknown as Tour, done, alerts };
}

const THREE: Pin[] = [
  [0, 1],
  [2, 3],
  [5, 0],
];

describe("togglePin", () => {
  it("pins a head behind the others", () => {
    const { tour, done } = fakeTour(THREE);
    togglePin(tour, [2, 1]);
    expect(done).toEqual([["Pin L2.H1", { pins: [...THREE, [2, 1]] }]]);
  });

  it("unpins one that is pinned, even where there are four", () => {
    const { tour, done } = fakeTour([...THREE, [1, 1]]);
    togglePin(tour, [2, 3]);
    const left = [
      [0, 1],
      [5, 0],
      [1, 1],
    ];
    expect(done).toEqual([["Unpin L2.H3", { pins: left }]]);
  });

  it("says why a fifth is not pinned", () => {
    const { tour, done, alerts } = fakeTour([...THREE, [1, 1]]);
    togglePin(tour, [4, 4]);
    expect(done).toEqual([]);
    expect(alerts).toEqual(["4 heads are pinned already: unpin one of them first."]);
  });
});
