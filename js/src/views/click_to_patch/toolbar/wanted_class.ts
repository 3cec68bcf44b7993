import { ClassBox } from "../../../core/classes/class_box";
import { element, setAria } from "../../../core/dom";
import { button } from "../../../core/view/buttons";
import { nameOf } from "../facts";
import type { Patcher } from "../patcher";
import { strongestIndices } from "../softmax";
import * as WORDS from "./words";

const SUGGESTED = 10;

/** The class that one wants to see: any, or what the donor shows. */
export function wantedClass(view: Patcher) {
  const { scope, settings, facts } = view;
  const choose = (target: number) => view.act(WORDS.chooseTarget, { target });
  const likely = strongestIndices(facts.logits, SUGGESTED);
  const known = { ...facts.classes, likely, readable: () => [] };
  const box = new ClassBox(view, WORDS.target, known, choose);
  const asDonor = button(scope, [WORDS.asDonor], () => choose(-1), ".vw-alone");
  return {
    root: element("div.vw-control", [box.root, asDonor]),
    focus: () => box.focus(),
    /** @param anew more emoji can be drawn than before */
    update(anew: boolean) {
      box.show(view.wanted, anew);
      setAria(asDonor, "pressed", settings.get("target") < 0);
      asDonor.title = WORDS.asDonorHint(nameOf(facts, view.donor.top));
    },
  };
}
