import { expect, it } from "vitest";
import { ClassColours } from "../../../src/lens/modes/class_colours";
import { kindWords } from "../../../src/lens/words";
import { bySuperclass } from "../../../src/views/emoji_logit_lens/superclasses";
import {
  madeFacts,
  madeLogits,
  madeReadings,
  madeSettings,
  ordered,
} from "../../lens/made_lens";

it("has one colour for each superclass", () => {
  const logits = madeLogits(1);
  const facts = madeFacts(1);
  const found = bySuperclass({
    facts,
    words: kindWords("class", "classes"),
    readings: madeReadings(logits),
    classMap: () => null,
    classColours: new ClassColours(facts),
    settings: madeSettings({ mode: "superclass" }) as never,
    emoji: { draw: () => undefined },
  });
  for (const [row, tokens] of logits.entries()) {
    for (const [token, cell] of tokens.entries()) {
      const kind = facts.superclassOf[ordered(cell)[0] ?? 0];
      expect(found.number(row - 1, token)).toBe(kind);
    }
  }
});
