import { viewOf } from "../../core/view/opening";
import { FIXED_FACT_NAMES, type WordLensModel } from "./facts";
import { WordLensView } from "./view";
import { WORDS } from "./words";

export default viewOf(
  FIXED_FACT_NAMES,
  (model: WordLensModel, root, scope) => new WordLensView(model, root, scope),
  WORDS.notShown,
);
