import { ClassFinder, surelyMeant } from "../../../core/classes/class_finder";
import type { ClassOptions } from "../../../core/classes/class_options";
import type { Found, Option } from "../../../core/classes/combo_box";
import type { LensFacts } from "../../../lens/facts";
import { classesOf } from "../../../lens/mask/class_set";
import { CHOOSING_WORDS as WORDS } from "./words";

type Kinds = Pick<LensFacts, "superclassOf" | "superclasses">;

/** Finds classes and whole kinds of classes, to be added to a mask. */
export class MaskOptions {
  readonly #kinds: Kinds;
  readonly #classes: ClassOptions;
  readonly #mark: (emoji: string) => HTMLElement;
  readonly #finder: ClassFinder;

  /** @param mark draws an emoji */
  constructor(
    kinds: Kinds,
    classes: ClassOptions,
    mark: (emoji: string) => HTMLElement,
  ) {
    this.#kinds = kinds;
    this.#classes = classes;
    this.#mark = mark;
    const names = kinds.superclasses.map(({ name }) => name);
    this.#finder = new ClassFinder({
      names,
      descriptions: names.map((name) => `${name}, ${name}s, all ${name}, all ${name}s`),
      emoji: kinds.superclasses.map(({ emoji }) => emoji),
    });
  }

  find(text: string): Found<readonly number[]> {
    const classes = this.#classes.find(text);
    const isNumber = /^\d+$/.test(text.trim());
    const kinds = isNumber ? [] : this.#finder.find(text);
    const groups = classes.groups.map(({ heading, options }) => ({
      heading,
      options: options.map(alone),
    }));
    const [best] = kinds;
    if (!best)
      return { groups, sure: classes.sure && alone(classes.sure), say: classes.say };
    const options = kinds.map(({ index }) => this.#kind(index));
    groups.unshift({ heading: WORDS.kinds, options });
    const rival = this.#classes.bestFit(text);
    const kind = best.fit < rival ? surelyMeant(kinds) : null;
    const single = rival < best.fit && classes.sure ? alone(classes.sure) : null;
    const sure = kind === null ? single : this.#kind(kind);
    return { groups, sure, say: sure ? "" : WORDS.several };
  }

  #kind(index: number): Option<readonly number[]> {
    const { name = "", emoji = "" } = this.#kinds.superclasses[index] ?? {};
    const classes = classesOf(this.#kinds, index);
    return {
      value: classes,
      mark: this.#mark(emoji),
      name: WORDS.kind(name, classes.length),
      note: "",
    };
  }
}

function alone(option: Option<number>): Option<readonly number[]> {
  return { ...option, value: [option.value] };
}
