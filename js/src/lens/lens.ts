import type { EmojiPainter } from "../core/emoji/emoji_painter";
import type { PictureBox } from "../core/picture/patch_edges";
import type { EmojiLogitLensState, EmojiLogitLensWritable } from "../core/state.gen";
import type { Panel as AnyPanel } from "../core/view/panel";
import type { ChangeOf, Viewed } from "../core/view/view";
import type { LensFacts } from "./facts";
import type { Highlight } from "./highlight";
import type { ClassColours } from "./modes/class_colours";
import type { Colouring } from "./modes/colouring";
import type { ClassMap, Readings } from "./readings";
import type { KindWords } from "./words";

/** Classes may be of kinds, such as birds: not every lens has these. */
export type KindState = Pick<
  EmojiLogitLensState,
  "class_superclasses" | "superclasses"
>;

/** What the state of every lens holds. */
export type LensState = Omit<EmojiLogitLensState, keyof KindState>;

/** What the page may write of it. */
export type LensWritable = EmojiLogitLensWritable;

export type Settings = Pick<LensState, LensWritable>;
export type Mode = Settings["mode"];

/** "pointed": another token is pointed at; "highlight": other patches are to stand out;
 * "window": another part of the picture is on show; "sprites": emoji came that the
 * page's fonts can't draw; "facts": Python says other facts of the same picture. */
export type OwnChange = "pointed" | "highlight" | "window" | "sprites" | "facts";

/** What a part of the view may have to be drawn anew for. */
export type Change = ChangeOf<LensWritable, OwnChange>;

/** A part of the view. */
export type Panel = AnyPanel<Change>;

/** The token that the pointer (or a key) reads; null for none. */
export interface Pointed {
  readonly token: number | null;
  set(token: number | null): void;
}

/** Draws over the picture, as the last step of each of its paintings. */
export type Overlay = (context: CanvasRenderingContext2D, box: PictureBox) => void;

/** What the parts of one view share. */
export interface Lens
  extends Pick<
    Viewed<LensState, LensWritable, OwnChange>,
    "requests" | "scope" | "detached" | "act" | "invalidate" | "alert"
  > {
  readonly settings: {
    get<Name extends LensWritable>(name: Name): LensState[Name];
    set<Name extends LensWritable>(name: Name, value: LensState[Name]): void;
  };
  /** Parts read them each time: other classes may come while the view is open. */
  readonly facts: LensFacts;
  /** The sentences that name what tokens are read as. */
  readonly words: KindWords;
  /** What the present lens and norm read; while `stale`, still those before. */
  readonly readings: Readings;
  readonly stale: boolean;
  /** What they say of a class; null until it has come (the target's and versus's are
   * asked for by themselves). */
  classMap(target: number): ClassMap | null;
  /** The colour of each token at each layer in the present mode; in mode "emoji" that of
   * its class. Null until the values have come. */
  readonly colouring: Colouring | null;
  readonly classColours: ClassColours;
  /** Why the present settings can't be shown yet, in words; null when they are. */
  readonly missing: string | null;
  readonly pointed: Pointed;
  /** What stands out while its entry in the legend is pointed at. */
  readonly highlight: Highlight;
  /** Draws emoji on a canvas, from the page's fonts or from sprites that came. */
  readonly emoji: Pick<EmojiPainter, "draw">;
  /** Let a panel draw over the picture. */
  addOverlay(draw: Overlay): void;
}

/** A layer's name for a person: "embedding", "L0". */
export function layerName(layer: number): string {
  return layer < 0 ? "embedding" : `L${layer}`;
}

/** The token that is read: the one pointed at, else the selected one. */
export function readToken({ pointed, settings }: Pick<Lens, "pointed" | "settings">) {
  return pointed.token ?? settings.get("token");
}
