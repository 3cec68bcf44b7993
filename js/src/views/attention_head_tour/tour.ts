import type {
  AttentionHeadTourState,
  AttentionHeadTourWritable,
} from "../../core/state.gen";
import type { Panel as AnyPanel } from "../../core/view/panel";
import type { ChangeOf, Viewed } from "../../core/view/view";
import type { Settings, TourFacts } from "./facts";
import type { Pointed } from "./pointed";
import type { Side } from "./side";

export type OwnChange = "statistics" | "pointed";

/** What a part of the view may have to be drawn anew for. */
export type Change = ChangeOf<AttentionHeadTourWritable, OwnChange>;

/** A part of the view. */
export type Panel = AnyPanel<Change>;

/** What the parts of one view share. */
export interface Tour
  extends Viewed<AttentionHeadTourState, AttentionHeadTourWritable, OwnChange> {
  readonly facts: TourFacts;
  /** The model and image on show, and what they are compared with. */
  readonly sides: readonly Side[];
  /** The token that is read in all pictures. */
  readonly pointed: Pointed;
  /** The query stays while the pointer moves on. */
  readonly kept: boolean;
  /** Keep what the pointer chose, or let it go. */
  keep(choice: Pick<Settings, "query" | "region"> | null): void;
}

export function headName(layer: number, head: number): string {
  return `L${layer}.H${head}`;
}

/** What colours depend on besides the values. */
export function colouring({ settings }: Tour): Pick<Settings, "maximum" | "scale"> {
  return { maximum: settings.get("maximum"), scale: settings.get("scale") };
}
