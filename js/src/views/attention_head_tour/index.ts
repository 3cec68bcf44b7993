import { viewOf } from "../../core/view/opening";
import { FACT_NAMES, type TourModel } from "./facts";
import { TourView } from "./view";
import { WORDS } from "./words";

export default viewOf(
  FACT_NAMES,
  (model: TourModel, root, scope) => new TourView(model, root, scope),
  WORDS.notShown,
);
