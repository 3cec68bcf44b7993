import { viewOf } from "../../core/view/opening";
import { FACT_NAMES, type LensModel } from "./facts";
import { LensView } from "./view";
import { WORDS } from "./words";

export default viewOf(
  FACT_NAMES,
  (model: LensModel, root, scope) => new LensView(model, root, scope),
  WORDS.notShown,
);
