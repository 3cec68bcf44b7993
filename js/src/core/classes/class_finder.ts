import type { ClassFacts } from "./class_facts";

/** How well a text fits a class, best first: its name or number, another of its names or
 * its emoji, whole words of a name, and only then the beginning of a word of its first
 * name ("cat" is no bullfrog, though that is a Rana catesbeiana). The first three are
 * what `vitwidgets.labels.find_class` finds, in its order. */
export const FIT = { exact: 0, other: 1, words: 2, beginning: 3 } as const;

type Fit = (typeof FIT)[keyof typeof FIT];

export interface Match {
  index: number;
  fit: Fit;
}

/** What one class is found by, as `plain` texts. */
interface Entry {
  /** All that is known of it, in one. */
  all: string;
  /** The name that is shown, and the first that is known. */
  first: readonly string[];
  /** All its names. */
  names: readonly string[];
}

/** Finds classes by what a person types. */
export class ClassFinder {
  readonly #classes: ClassFacts;
  readonly #emoji: readonly string[];
  /** Made when the first text is typed: most people never search. */
  #entries: readonly Entry[] | null = null;

  constructor(classes: ClassFacts) {
    this.#classes = classes;
    this.#emoji = classes.emoji.map(bareEmoji);
  }

  /** Every class that a text fits, the best fits first, equal ones in their order. */
  find(text: string): Match[] {
    const sought = plain(text);
    if (sought === "") return [];
    this.#entries ??= this.#classes.names.map((name, index) =>
      entryOf(name, this.#classes.descriptions[index] ?? name),
    );
    const matches = this.#entries.flatMap((entry, index) => {
      const fit = this.#fit(entry, index, text.trim(), sought);
      return fit === null ? [] : [{ index, fit }];
    });
    return matches.sort((one, other) => one.fit - other.fit);
  }

  #fit(entry: Entry, index: number, typed: string, sought: string): Fit | null {
    const { all, first, names } = entry;
    if (all === sought || first.includes(sought) || String(index) === typed) {
      return FIT.exact;
    }
    if (names.includes(sought) || this.#emoji[index] === bareEmoji(typed)) {
      return FIT.other;
    }
    if (names.some((name) => ` ${name} `.includes(` ${sought} `))) return FIT.words;
    const begins = first.some((name) => ` ${name}`.includes(` ${sought}`));
    return begins ? FIT.beginning : null;
  }
}

/** The one class that is surely meant: it alone fits best, by whole words at least. */
export function surelyMeant(matches: readonly Match[]): number | null {
  const [best, next] = matches;
  if (!best || best.fit === FIT.beginning || best.fit === next?.fit) return null;
  return best.index;
}

/** Lower-case words without accents, hyphens and apostrophes, one space between two. */
function plain(text: string): string {
  const apart = text.toLowerCase().replaceAll("ß", "ss").normalize("NFKD");
  const bare = apart.replace(/[\u0300-\u036f'`\u2019]/g, "");
  const words = bare.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  // A name of signs alone, such as "+", is found by these signs.
  return words || bare.replace(/\s+/g, "");
}

function entryOf(shown: string, description: string): Entry {
  const known = description.split(",").map(plain);
  return {
    all: plain(description),
    first: [plain(shown), known[0] ?? ""],
    names: [...known, ...shown.split(",").map(plain)],
  };
}

/** An emoji without the sign that asks for a coloured drawing: keyboards differ. */
function bareEmoji(emoji: string): string {
  return emoji.replaceAll("\ufe0f", "");
}
