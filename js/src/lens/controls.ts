import { element, setAria } from "../core/dom";
import { controlBar } from "../core/view/control_bar";
import { Switch } from "../core/view/switch";
import type { undoButtons } from "../core/view/undo_buttons";
import { VIEW_WORDS } from "../core/view/words";
import { KEYS } from "./help_words";
import type { Lens, Panel, Settings } from "./lens";
import { WORDS } from "./words";

type Undo = ReturnType<typeof undoButtons>;

interface ControlParts {
  undo: Undo;
  /** What is seen, for the help. */
  explanation: readonly string[];
  /** Python that makes what is seen. */
  code: () => string;
  /** Go so many layers further. */
  step: (by: number) => void;
}

/** The switches and the help. Their letters work wherever focus is inside `view`. */
export function controlsPanel(
  lens: Lens,
  view: HTMLElement,
  { undo, explanation, code, step }: ControlParts,
): Panel {
  const { facts, settings, scope, words } = lens;
  const modes = some(words.modes, facts.modes);
  const mode = new Switch(withTarget(lens), "mode", WORDS.mode, modes);
  const heat = new Switch(lens, "heat", WORDS.heat, WORDS.heats);
  const lenses = new Switch(lens, "lens", WORDS.lens, some(WORDS.lenses, facts.lenses));
  const norms = new Switch(lens, "norm", WORDS.norm, some(WORDS.norms, facts.norms));
  lenses.root.hidden = facts.lenses.length < 2;
  norms.root.hidden = facts.norms.length < 2;
  const marks = normsButton(lens);
  const switches = [mode, heat, lenses, norms].map((each) => each.root);
  const root = controlBar(scope, view, {
    label: WORDS.controls,
    controls: [...switches, marks.root],
    undo: undo.root,
    code,
    help: { explanation, keys: KEYS },
    keys: {
      "[": () => step(-1),
      ",": () => step(-1),
      "]": () => step(1),
      ".": () => step(1),
    },
  });
  return {
    root,
    update() {
      for (const each of [mode, lenses, norms]) each.update();
      heat.root.hidden = settings.get("mode") !== "heat";
      const compared = settings.get("versus") >= 0;
      heat.update(compared ? { value: "logit", why: words.onlyDifference } : null);
      marks.update();
      undo.update();
    },
  };
}

/** The heat of one class needs a class: until a person has chosen one, it is the model's
 * own answer. */
function withTarget(lens: Lens): Pick<Lens, "scope" | "settings" | "act"> {
  const { scope, settings } = lens;
  const act = (verb: string, changes: Partial<Settings>) => {
    const needed = changes.mode === "heat" && settings.get("target") < 0;
    const [first] = lens.facts.output;
    lens.act(verb, needed && first ? { ...changes, target: first.target } : changes);
  };
  return { scope, settings, act };
}

function normsButton(lens: Lens): { root: HTMLButtonElement; update(): void } {
  const { scope, settings } = lens;
  const attributes = {
    class: "vw-button vw-norms",
    title: WORDS.tokenNormsTitle,
  };
  const root = element("button", attributes, [WORDS.tokenNorms]);
  scope.listen(root, "click", () => {
    lens.act(VIEW_WORDS.change, { show_norms: !settings.get("show_norms") });
  });
  return {
    root,
    update: () => setAria(root, "pressed", settings.get("show_norms")),
  };
}

/** The names of those that can be chosen here. */
function some<Name extends string>(
  names: Readonly<Record<Name, string>>,
  offered: readonly string[],
): Partial<Record<Name, string>> {
  const kept = Object.entries(names).filter(([name]) => offered.includes(name));
  return Object.fromEntries(kept) as Partial<Record<Name, string>>;
}
