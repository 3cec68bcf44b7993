import type { Scope } from "../../core/dispose";
import type { Requests } from "../../core/requests";
import type {
  AttentionHeadTourState,
  AttentionHeadTourWritable,
} from "../../core/state.gen";
import type { Sync } from "../../core/sync";
import type { Settings, TourFacts } from "./facts";
import type { Pointed } from "./pointed";
import type { Side } from "./side";

/** What a part of the view may have to be drawn anew for. */
export type Change = keyof Settings | "values" | "size" | "statistics" | "pointed";

/** A part of the view. */
export interface Panel {
  root: HTMLElement;
  update(changed: ReadonlySet<Change>): void;
}

/** What the parts of one view share. */
export interface Tour {
  readonly facts: TourFacts;
  readonly settings: Sync<AttentionHeadTourState, AttentionHeadTourWritable>;
  /** The model and image on show, and what they are compared with. */
  readonly sides: readonly Side[];
  /** The token that is read in all pictures. */
  readonly pointed: Pointed;
  readonly requests: Requests;
  readonly scope: Scope;
  /** The kernel is gone: what is not in the page will not come. */
  readonly detached: boolean;
  /** The query stays while the pointer moves on. */
  readonly kept: boolean;
  /** Keep what the pointer chose, or let it go. */
  keep(choice: Pick<Settings, "query" | "region"> | null): void;
  /** Do what a person decided, so that it can be undone. */
  act(verb: string, changes: Partial<Settings>): void;
  /** Ask for a part to be drawn in the next frame. */
  invalidate(change: Change): void;
  /** Show an error until the next act. */
  alert(message: string): void;
}

export function headName(layer: number, head: number): string {
  return `L${layer}.H${head}`;
}

export function contains(
  changed: ReadonlySet<Change>,
  ...changes: readonly Change[]
): boolean {
  return changes.some((change) => changed.has(change));
}

/** What colours depend on besides the values. */
export function colouring({ settings }: Tour): Pick<Settings, "maximum" | "scale"> {
  return { maximum: settings.get("maximum"), scale: settings.get("scale") };
}
