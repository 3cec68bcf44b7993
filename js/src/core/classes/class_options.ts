import { type ClassFacts, classEmoji, className } from "./class_facts";
import { ClassFinder, FIT, surelyMeant } from "./class_finder";
import type { Found, Option } from "./combo_box";
import { CLASS_WORDS as WORDS } from "./words";

/** The classes that can be chosen. */
export interface Classes extends ClassFacts {
  /** The model's own likeliest. */
  likely: readonly number[];
  /** Those that a saved page holds; empty: all can be chosen. */
  readable: () => readonly number[];
}

/** More would hide each other. */
const MOST = 120;
const MOST_NAMED = 4;

/** Finds classes as a list to choose from, and says what the list leaves out. */
export class ClassOptions {
  readonly #classes: Classes;
  readonly #mark: (emoji: string) => HTMLElement;
  readonly #finder: ClassFinder;

  /** @param mark draws an emoji */
  constructor(classes: Classes, mark: (emoji: string) => HTMLElement) {
    this.#classes = classes;
    this.#mark = mark;
    this.#finder = new ClassFinder(classes);
  }

  /** What fits a text; for none, what one may want to choose. */
  find(text: string): Found<number> {
    const typed = text.trim();
    if (typed === "") return this.#suggested();
    const every = this.#finder.find(typed);
    const [here, absent] = [
      every.filter(({ index }) => this.#isHere(index)),
      every.filter(({ index }) => !this.#isHere(index)),
    ];
    const listed = here.slice(0, MOST);
    const beginning = listed.findIndex(({ fit }) => fit === FIT.beginning);
    const words = beginning < 0 ? listed : listed.slice(0, beginning);
    const sure = surelyMeant(every);
    const say = [
      this.#summary(typed, every.length, every[0]?.fit, sure),
      here.length > MOST ? WORDS.more(here.length - MOST) : "",
      absent.length > 0 ? WORDS.absent(this.#names(absent)) : "",
    ];
    const groups = [
      { heading: WORDS.fits, matches: words },
      { heading: WORDS.begins(typed), matches: listed.slice(words.length) },
    ];
    return {
      groups: groups
        .filter(({ matches }) => matches.length > 0)
        .map(({ heading, matches }) => ({
          heading,
          options: matches.map(({ index }) => this.option(index)),
        })),
      sure: sure !== null && this.#isHere(sure) ? this.option(sure) : null,
      say: say.filter(Boolean).join(" "),
    };
  }

  /** How well the class fits that fits a text best; infinite for none. */
  bestFit(text: string): number {
    return this.#finder.find(text)[0]?.fit ?? Number.POSITIVE_INFINITY;
  }

  option(index: number): Option<number> {
    return {
      value: index,
      mark: this.#mark(classEmoji(this.#classes, index)),
      name: className(this.#classes, index),
      note: String(index),
    };
  }

  #suggested(): Found<number> {
    const readable = this.#classes.readable();
    const isSaved = readable.length > 0;
    const classes = isSaved ? readable : this.#classes.likely;
    const options = classes.map((index) => this.option(index));
    const heading = isSaved ? WORDS.inPage : WORDS.likely;
    return { groups: [{ heading, options }], sure: null, say: "" };
  }

  #summary(
    text: string,
    count: number,
    best: number | undefined,
    sure: number | null,
  ): string {
    if (count === 0) return WORDS.none(text);
    if (best === FIT.beginning) return WORDS.onlyBeginnings(text);
    return sure === null ? WORDS.several(count, text) : "";
  }

  #isHere(index: number): boolean {
    const readable = this.#classes.readable();
    return readable.length === 0 || readable.includes(index);
  }

  #names(matches: readonly { index: number }[]): string {
    const named = matches.slice(0, MOST_NAMED);
    const names = named.map(({ index }) => this.#classes.names[index]).join(", ");
    const more = matches.length - named.length;
    return more > 0 ? WORDS.andMore(names, more) : names;
  }
}
