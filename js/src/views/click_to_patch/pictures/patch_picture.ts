import { element, setText } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import { percent } from "../../../core/numbers";
import type { Picture } from "../../../core/picture/pictured";
import { Stage } from "../../../core/picture/stage";
import { nameOf } from "../facts";
import type { Patcher } from "../patcher";
import { type Drawn, PicturePainting } from "./picture_painting";
import { prefixCells } from "./prefix_cells";
import { Selection } from "./selection";
import type { Way } from "./stroke";
import * as WORDS from "./words";

/** What can be done on either picture. */
export interface PictureActs {
  way(): Way;
  taking(tokens: readonly number[]): void;
  take(tokens: readonly number[]): void;
  point(token: number | null): void;
}

/** What is written above a picture. */
export interface Heading {
  name: string;
  /** What the model says of it. */
  top: number;
  share: number;
}

/** One image whose patches can be taken, with its other tokens above it. */
export class PatchPicture {
  readonly root: HTMLElement;
  readonly #view: Patcher;
  readonly #donors: ReadonlyMap<string, Picture>;
  readonly #stage: Stage;
  readonly #cells: ReturnType<typeof prefixCells>;
  readonly #selection: Selection;
  readonly #name = element("span.vw-strong");
  readonly #sign: EmojiSign;
  readonly #says = element("span.vw-muted");
  #painting: PicturePainting | null = null;
  #painted: Picture | null = null;

  /**
   * @param label for screen readers
   * @param donors pictures whose patches may stand in this one
   */
  constructor(
    view: Patcher,
    label: string,
    donors: ReadonlyMap<string, Picture>,
    acts: PictureActs,
  ) {
    this.#view = view;
    this.#donors = donors;
    const { facts, scope } = view;
    this.#stage = new Stage(facts, "vw-patch-picture", `${label}: ${WORDS.howTo}`);
    this.#selection = new Selection(this.#stage, facts.grid, scope, acts);
    this.#cells = prefixCells(view, acts);
    this.#sign = new EmojiSign(view.emoji, 18);
    const heading = element("p.vw-heading.vw-picture-heading", [
      this.#name,
      this.#sign.root,
      this.#says,
    ]);
    const parts = [heading, this.#cells.root, this.#stage.root];
    this.root = element("div.vw-picture", parts);
    scope.onResize(this.#stage.canvas, () => view.invalidate("size"));
    scope.onPixelRatio(() => view.invalidate("size"));
  }

  /** @param anew more emoji can be drawn than before */
  label({ name, top, share }: Heading, anew: boolean): void {
    const { facts } = this.#view;
    setText(this.#name, name);
    this.#sign.show(facts.classes.emoji[top] ?? "", anew);
    setText(this.#says, WORDS.says(nameOf(facts, top), percent(share)));
  }

  /** @param resized the picture's room may be another */
  paint(picture: Picture, drawn: Drawn, resized: boolean): void {
    const isOther = picture !== this.#painted;
    if (isOther) {
      const { grid } = this.#view.facts;
      const { canvas } = this.#stage;
      this.#painting = new PicturePainting(canvas, grid, picture, this.#donors);
      this.#painted = picture;
    }
    if (isOther || resized) this.#painting?.resize();
    this.#painting?.paint(drawn);
    this.#cells.update(drawn);
  }

  /** @param describe a token, for screen readers */
  speak(describe: (token: number) => string): void {
    const token = this.#selection.walked;
    this.#stage.speak(token, describe(token));
  }

  /** Whether a finger that moves takes patches, and doesn't scroll. */
  setDrawing(drawing: boolean): void {
    this.#stage.root.classList.toggle("vw-drawing", drawing);
  }
}
