import type { TranslationBundle } from "@jupyterlab/translation";

/** A guided tour as `save_tour` writes it, as far as it can be read without its model. */
export interface TourFile {
  readonly model: {
    readonly name: string;
    readonly layers: number;
    readonly heads: number;
  };
  readonly stops: readonly TourStop[];
}

export interface TourStop {
  readonly title: string;
  readonly text: string;
  readonly state: Readonly<Record<string, unknown>>;
}

const FORMAT = "vitwidgets tour";
const VERSION = 1;

/** Reads a tour, or says in a sentence what is wrong with it. */
export function readTour(text: string, trans: TranslationBundle): TourFile {
  const file = parsed(text, trans);
  if (!isRecord(file) || file.format !== FORMAT) {
    throw new Error(
      trans.__(
        'This is no guided tour: a tour has "format": "%1", which save_tour writes.',
        FORMAT,
      ),
    );
  }
  if (file.version !== VERSION) {
    throw new Error(
      trans.__(
        "This tour has version %1 of its format, and version %2 can be read: install a newer vitwidgets.",
        JSON.stringify(file.version),
        VERSION,
      ),
    );
  }
  const { model, stops } = file;
  if (!isModel(model)) {
    throw new Error(
      trans.__('“model” must say "name", "layers" and "heads" of the tour\'s model.'),
    );
  }
  if (!Array.isArray(stops) || stops.length === 0)
    throw new Error(trans.__("There is no stop in this tour."));
  stops.forEach((stop, index) => {
    if (!isStop(stop)) {
      throw new Error(
        trans.__('Stop %1 must have a "title", a "text" and a "state".', index + 1),
      );
    }
  });
  return { model, stops };
}

function parsed(text: string, trans: TranslationBundle): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(trans.__("This file can't be read as JSON: %1", why));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isModel(value: unknown): value is TourFile["model"] {
  return (
    isRecord(value) &&
    typeof value.name === "string" &&
    typeof value.layers === "number" &&
    typeof value.heads === "number"
  );
}

function isStop(value: unknown): value is TourStop {
  return (
    isRecord(value) &&
    typeof value.title === "string" &&
    typeof value.text === "string" &&
    isRecord(value.state)
  );
}
