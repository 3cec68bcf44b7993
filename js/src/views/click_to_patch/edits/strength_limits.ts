import type { PatchEdit } from "../../../core/state.gen";

type Kind = PatchEdit["kind"];

/** What strengths a kind can have at all, and what a slider offers of them. */
export interface StrengthLimits {
  least: number;
  most: number;
  slider: { low: number; high: number; step: number };
}

export function limitsOf(kind: Kind): StrengthLimits {
  const most = Number.POSITIVE_INFINITY;
  switch (kind) {
    case "noise":
      return { least: 0, most, slider: { low: 0, high: 3, step: 0.1 } };
    case "steer":
      return { least: -most, most, slider: { low: -4, high: 4, step: 0.1 } };
    default:
      return { least: 0, most: 1, slider: { low: 0, high: 1, step: 0.05 } };
  }
}
