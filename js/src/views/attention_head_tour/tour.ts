import type { AttentionStore } from "../../core/attention";
import type { Scope } from "../../core/dispose";
import type { Requests } from "../../core/requests";
import type {
  AttentionHeadTourState,
  AttentionHeadTourWritable,
} from "../../core/state.gen";
import type { Sync } from "../../core/sync";
import type { Facts, Settings } from "./facts";
import type { HeadValues } from "./head_values";
import { WORDS } from "./words";

/** What a part of the view may have to be drawn anew for. */
export type Change = keyof Settings | "values" | "size";

/** A part of the view. */
export interface Panel {
  root: HTMLElement;
  update(changed: ReadonlySet<Change>): void;
}

/** What the parts of one view share. */
export interface Tour {
  readonly facts: Facts;
  readonly settings: Sync<AttentionHeadTourState, AttentionHeadTourWritable>;
  readonly store: AttentionStore;
  /** Values for the present query; while `stale`, still those of the one before. */
  readonly values: HeadValues;
  readonly requests: Requests;
  readonly scope: Scope;
  readonly stale: boolean;
  /** The kernel is gone: what is not in the page will not come. */
  readonly detached: boolean;
  /** More attention is on its way. */
  readonly busy: boolean;
  /** Ask for a part to be drawn in the next frame. */
  invalidate(change: Change): void;
  /** Show an error until the next act. */
  alert(message: string): void;
}

export function headName(layer: number, head: number): string {
  return `L${layer}.H${head}`;
}

/** What stands where a layer's attention is not in the page. */
export function missingLayer(tour: Tour, layer: number): string {
  return tour.detached ? WORDS.missingLayer(layer) : WORDS.loadingLayer(layer);
}

export function contains(
  changed: ReadonlySet<Change>,
  ...changes: readonly Change[]
): boolean {
  return changes.some((change) => changed.has(change));
}
