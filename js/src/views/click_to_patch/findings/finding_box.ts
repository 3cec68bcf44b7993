import { element, setText } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import type { Asked, Finding } from "./finding";

/** Where a finding is shown, with a note on it.
 *
 * @param draw called each time that something else is found
 */
export function findingBox<Found>(
  finding: Finding<Found>,
  draw: (found: Found, asked: Asked) => readonly HTMLElement[],
) {
  const note = element("p.vw-finding-note", { role: "status" });
  const body = element("div.vw-finding");
  let drawn: Finding<Found>["found"] = null;
  return {
    note,
    body,
    /**
     * @param asked what would be asked for now
     * @param said what there is to say where nothing went wrong
     */
    update(asked: Asked, said: string) {
      const { found } = finding;
      if (found && found !== drawn) {
        drawn = found;
        body.replaceChildren(...draw(found.value, found.asked));
      }
      const isOld = found !== null && !sameJson(found.asked, asked);
      body.classList.toggle("vw-old", isOld);
      const trouble = finding.isOf(asked) ? finding.trouble : "";
      setText(note, trouble || said);
      note.classList.toggle("vw-trouble", trouble !== "");
    },
  };
}
