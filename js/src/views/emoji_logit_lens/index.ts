import { viewOf } from "../../core/view/opening";
import { type EmojiLensModel, EmojiLensView, FACT_NAMES } from "./view";
import { WORDS } from "./words";

export default viewOf(
  FACT_NAMES,
  (model: EmojiLensModel, root, scope) => new EmojiLensView(model, root, scope),
  WORDS.notShown,
);
