import { viewOf } from "../../core/view/opening";
import type { LessonModel } from "./lesson";
import { LessonView } from "./view";
import { WORDS } from "./words";

export default viewOf(
  ["title", "titles"],
  (model: LessonModel, root, scope) => new LessonView(model, root, scope),
  WORDS.notShown,
);
