import { className } from "../core/classes/class_facts";
import { RecentlyUsed } from "../core/recently_used";
import { DetachedError, messageOf } from "../core/requests";
import type { LensFacts } from "./facts";
import type { Lens } from "./lens";
import { type ClassMap, classMapFrom, type Readings, readingsFrom } from "./readings";
import { WORDS } from "./words";

type Viewed = Pick<
  Lens,
  "settings" | "requests" | "invalidate" | "alert" | "detached"
> & {
  facts: LensFacts;
};

/** One thing to ask the kernel for. */
interface Wanted {
  /** No other thing has this name. */
  name: string;
  /** What a person calls it. */
  title: string;
  fetch(): Promise<void>;
}

/** Maps of classes that the page keeps, in bytes. */
const ROOM_FOR_MAPS = 16_000_000;

/** What has come of the readings, by lens and norm, and of the maps of classes.
 *
 * It asks for one thing at a time, and each time for what is needed by then: what a
 * person has passed over is not asked for. */
export class ReadingStore {
  readonly #view: Viewed;
  #readings = new Map<string, Readings>();
  #maps = new RecentlyUsed<ClassMap>(ROOM_FOR_MAPS);
  #shown: Readings;
  /** Answers to what was asked before are of other classes. */
  #era = 0;
  #busy = false;
  #failed: string | null = null;

  constructor(view: Viewed) {
    this.#view = view;
    const { lens, norm, readings } = view.facts.opening;
    this.#readings.set(readingsKey(lens, norm), readings);
    this.#shown = readings;
  }

  /** What the present lens and norm read; while `stale`, what was shown before. */
  get readings(): Readings {
    this.#shown = this.#readings.get(this.#key) ?? this.#shown;
    return this.#shown;
  }

  get stale(): boolean {
    return !this.#readings.has(this.#key);
  }

  /** The map of a class under the present lens and norm; null until it has come. */
  classMap(target: number): ClassMap | null {
    return this.#maps.get(this.#mapKey(target)) ?? null;
  }

  /** Why the present settings can't be shown yet; null when they are. */
  get missing(): string | null {
    const wanted = this.#next();
    if (!wanted) return null;
    if (this.#view.detached) return WORDS.missing(wanted.title);
    return this.#failed === wanted.name
      ? WORDS.failed(wanted.title)
      : WORDS.loading(wanted.title);
  }

  /** Fetch what the present settings need, until nothing is missing or it fails. */
  want(): void {
    this.#failed = null;
    if (!this.#busy) void this.#fetch();
  }

  /** The facts are others now, and with them all that was read. */
  restart(): void {
    const { lens, norm, readings } = this.#view.facts.opening;
    this.#era++;
    this.#readings = new Map([[readingsKey(lens, norm), readings]]);
    this.#maps = new RecentlyUsed(ROOM_FOR_MAPS);
    this.#shown = readings;
  }

  get #key(): string {
    const { settings } = this.#view;
    return readingsKey(settings.get("lens"), settings.get("norm"));
  }

  #mapKey(target: number): string {
    return `${this.#key} ${target}`;
  }

  async #fetch(): Promise<void> {
    this.#busy = true;
    for (let wanted = this.#next(); wanted; wanted = this.#next()) {
      if (wanted.name === this.#failed) break;
      try {
        await wanted.fetch();
      } catch (error) {
        if (error instanceof DetachedError) break;
        this.#fail(wanted, error);
      }
      this.#view.invalidate("values");
    }
    this.#busy = false;
  }

  #fail({ name, title }: Wanted, error: unknown): void {
    if (name !== this.#next()?.name) return; // nobody asks for it any more
    this.#failed = name;
    this.#view.alert(WORDS.notLoaded(title, messageOf(error)));
  }

  /** What is missing first: all readings, then the maps of the chosen classes. */
  #next(): Wanted | null {
    if (this.stale) return this.#wantedReadings();
    const { settings } = this.#view;
    const chosen = [settings.get("target"), settings.get("versus")];
    const target = chosen.find(
      (each) => each >= 0 && !this.#maps.has(this.#mapKey(each)),
    );
    return target === undefined ? null : this.#wantedMap(target);
  }

  #wantedReadings(): Wanted {
    const { settings, requests, facts } = this.#view;
    const [lens, norm] = [settings.get("lens"), settings.get("norm")];
    const name = readingsKey(lens, norm);
    return {
      name,
      title: WORDS.reading(lens, norm),
      fetch: async () => {
        const era = this.#era;
        const { arrays } = await requests.ask("lens", { lens, norm });
        if (era !== this.#era) return;
        this.#readings.set(name, readingsFrom(arrays, facts.sizes));
      },
    };
  }

  #wantedMap(target: number): Wanted {
    const { settings, requests, facts } = this.#view;
    const [lens, norm] = [settings.get("lens"), settings.get("norm")];
    const name = this.#mapKey(target);
    return {
      name,
      title: WORDS.classNamed(className(facts.classes, target)),
      fetch: async () => {
        const era = this.#era;
        const { arrays } = await requests.ask("class", { lens, norm, target });
        if (era !== this.#era) return;
        const bytes = arrays.reduce((sum, { values }) => sum + values.byteLength, 0);
        this.#maps.set(name, classMapFrom(arrays, facts.sizes), bytes);
      },
    };
  }
}

function readingsKey(lens: string, norm: string): string {
  return `${lens} ${norm}`;
}
