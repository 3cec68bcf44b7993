import { viewOf } from "../../core/view/opening";
import { type AttributionModel, FACT_NAMES } from "./facts";
import { AttributionView } from "./view";
import { WORDS } from "./words";

export default viewOf(
  FACT_NAMES,
  (model: AttributionModel, root, scope) => new AttributionView(model, root, scope),
  WORDS.notShown,
);
