import { viewOf } from "../../core/view/opening";
import { FACT_NAMES, type PatcherModel } from "./facts";
import { PatcherView } from "./view";
import * as WORDS from "./words";

export default viewOf(
  FACT_NAMES,
  (model: PatcherModel, root, scope) => new PatcherView(model, root, scope),
  WORDS.notShown,
);
