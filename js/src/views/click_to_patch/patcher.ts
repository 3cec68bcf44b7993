import type { EmojiPainter } from "../../core/emoji/emoji_painter";
import type {
  ClickToPatchState,
  ClickToPatchWritable,
  PatchEdit,
  PatcherTask,
} from "../../core/state.gen";
import type { Panel as AnyPanel } from "../../core/view/panel";
import type { ChangeOf, Viewed } from "../../core/view/view";
import type { Donor, Facts } from "./facts";

/** "prediction": another one is on show, or known to be awaited; "heat": of the grid that
 * is shown; "task": long work began, went on or ended; "emoji": more of them can be drawn
 * than before; "pointed": a person points at something else. */
export type OwnChange = "prediction" | "heat" | "task" | "emoji" | "pointed";

/** What a part of the view may have to be drawn anew for. */
export type Change = ChangeOf<ClickToPatchWritable, OwnChange>;

/** A part of the view. */
export type Panel = AnyPanel<Change>;

/** An edit as the kernel is asked for it: those that are switched off are left out. */
export type AskedEdit = Omit<PatchEdit, "switch">;

/** What the model says of the clean image with some edits. */
export interface Prediction {
  edits: readonly AskedEdit[];
  logits: Float32Array;
  /** Softmax of the logits, worked out in double precision. */
  probabilities: Float64Array;
  /** Index of the largest logit. */
  top: number;
}

/** What a sweep over the grid on show finds: 0 as in the clean run, 1 as in the donor's. */
export interface Heat {
  /** First-order approximation, flattened grid; null while there is none. */
  preview: Float32Array | null;
  /** Exact values, NaN where not run; null where no sweep of this was begun. */
  exact: Float32Array | null;
  /** Rank correlation of both so far; null for none. */
  correlation: number | null;
  /** Why there is no preview, or null. */
  why: string | null;
}

/** What is asked of a sweep and of its preview; the kernel gets just this. */
export interface SweepQuestion {
  over: string;
  layer: number;
  source: string;
  target: number;
  metric: string;
  direction: string;
}

/** What a person points at in a grid, a picture or the list of edits. */
export interface Pointed {
  /** The component; "" for nothing. */
  readonly address: string;
  /** Labels of tokens. */
  readonly tokens: readonly string[];
}

/** What the parts of one view share. */
export interface Patcher
  extends Viewed<ClickToPatchState, ClickToPatchWritable, OwnChange> {
  readonly facts: Facts;
  readonly emoji: EmojiPainter;
  /** The donor of the next edit. */
  readonly donor: Donor;
  /** The class that one wants to see: the target, or what the donor shows. */
  readonly wanted: number;
  /** What the model says with nothing edited. */
  readonly clean: Prediction;
  /** What is on show: while another one is awaited, still the one before. */
  readonly prediction: Prediction | null;
  /** Another prediction was asked for than the one on show. */
  readonly stale: boolean;
  /** The present prediction will not come, and why; null where it may. */
  readonly missing: string | null;
  /** Edits that act, as the kernel is asked for them. */
  readonly acting: readonly AskedEdit[];
  readonly pointed: Pointed;
  /** The long work that is going on; its kind is empty for none. */
  readonly task: PatcherTask;
  /** Of the grid on show. */
  readonly heat: Heat;
  /** Of all tokens at the site that is set, to be drawn over the pictures; null while a
   * person does not want that. */
  readonly tokenHeat: Heat | null;
  /** What a sweep of the grid on show is asked for. */
  readonly question: SweepQuestion;
  /** Add the component at these tokens (none for all) with the kind, strength and donor
   * that are set; or take it away where it is. One act. */
  toggle(address: string, tokens?: readonly string[]): void;
  /** Whether `toggle` would be answered, or this edit alone: a saved page has single clicks. */
  answers(address: string, tokens?: readonly string[]): boolean;
  /** Replace the list of edits, as one act: "switch off". */
  edit(verb: string, edits: readonly PatchEdit[]): void;
  /** Remember what a sweep found that was answered, not streamed: a saved page has it so. */
  keepSweep(question: SweepQuestion, values: Float32Array, correlation: number): void;
  /** Draw what is known of the tokens over the pictures, or not any more. */
  showHeat(shown: boolean): void;
  /** Mark or unmark a component in the grids. */
  mark(address: string): void;
  /** What a person points at in any grid or picture, for the others to show; "" for
   * nothing. */
  point(address: string, tokens: readonly string[]): void;
  /** Open what proves the prediction on show. */
  showProof(): void;
  /** @param show called when somebody wants to see the proof */
  onShowProof(show: () => void): void;
}
