import type { EmojiPainter } from "../../core/emoji/emoji_painter";
import type {
  LogitAttributionState,
  LogitAttributionWritable,
} from "../../core/state.gen";
import type { Panel as AnyPanel } from "../../core/view/panel";
import type { ChangeOf, Viewed } from "../../core/view/view";
import type { Level } from "./address";
import type { Neurons, Sources, Split } from "./answers";
import type { Facts } from "./facts";
import type { Quantity } from "./quantity";

export type Order = "size" | "place";

/** "emoji": more of them can be drawn than before; "choosing": a second class is asked
 * for. */
export type OwnChange = "order" | "emoji" | "choosing";

/** What a part of the view may have to be drawn anew for. */
export type Change = ChangeOf<LogitAttributionWritable, OwnChange>;

/** A part of the view. */
export type Panel = AnyPanel<Change>;

/** A number that is in the page, taken apart. */
export interface ShownSplit {
  quantity: Quantity;
  /** "logit of tabby" */
  name: string;
  split: Split;
}

/** What the parts of one view share. */
export interface Attribution
  extends Viewed<LogitAttributionState, LogitAttributionWritable, OwnChange> {
  readonly facts: Facts;
  /** What is opened. */
  readonly level: Level;
  /** What is on show: while another number is awaited, still the one before. */
  readonly shown: ShownSplit | null;
  /** Another number was asked for than the one on show. */
  readonly stale: boolean;
  /** The sources of the opened head; while those of another number are awaited, still
   * those of the one before. */
  readonly sources: Sources | null;
  /** The strongest neurons of the opened MLP, likewise. */
  readonly neurons: Neurons | null;
  /** What is opened is not here yet, and why; null when it is here. */
  readonly missing: string | null;
  readonly order: Order;
  readonly emoji: EmojiPainter;
  /** Open a part by its address. */
  open(address: string): void;
  /** Order bars: how one looks at them, which is not undone. */
  setOrder(order: Order): void;
}
