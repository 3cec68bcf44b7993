import type { PatchEdit } from "../../core/state.gen";
import type { LiveConfig } from "../config";
import type { Run, SiteValues } from "../run";
import { WORDS } from "../words";
import { type Place, placeOf } from "./place";

/** An edit as `predict` is asked with it. */
export type Edit = Omit<PatchEdit, "switch">;

/** What edits take values from. */
export interface Sources {
  /** Runs by the names that edits give them. */
  donors: ReadonlyMap<string, Run>;
  /** Means over reference images, of each block; null where there are none. */
  means: readonly SiteValues[] | null;
}

/** An edit of a value, and where it is made. */
export interface Change {
  place: Place;
  /** Make it, in place; of the value there may be only the first tokens. */
  apply: (values: Float32Array) => void;
}

/** What a number becomes, by where it is in the whole value of its site. */
type NewNumber = (own: number, at: number, column: number) => number;

/** Find out what an edit does.
 *
 * @throws Error if it makes no sense, or can't be made in a page
 */
export function changeOf(
  config: LiveConfig,
  edit: Edit,
  clean: Run,
  sources: Sources,
): Change {
  const place = placeOf(config, edit.address, edit.tokens);
  const newNumber = newNumberOf(edit, place, clean, sources, config.d_model);
  return {
    place,
    apply: (values) => {
      for (const token of place.tokens) {
        const start = token * config.d_model + place.first;
        if (start >= values.length) continue;
        for (let column = 0; column < place.width; column++) {
          const at = start + column;
          values[at] = newNumber(values[at] as number, at, column);
        }
      }
    },
  };
}

function newNumberOf(
  edit: Edit,
  place: Place,
  clean: Run,
  sources: Sources,
  width: number,
): NewNumber {
  const { address, kind, strength, source } = edit;
  if (!Number.isFinite(strength)) throw new Error(WORDS.strength(address, strength));
  const donor = () => {
    const run = sources.donors.get(source);
    if (run) return valuesAt(run.layers, place);
    throw new Error(WORDS.donor(address, source, [...sources.donors.keys()]));
  };
  switch (kind) {
    case "zero":
      return mixed(edit, () => 0);
    case "patch": {
      const theirs = donor();
      return mixed(edit, (at) => theirs[at] as number);
    }
    case "mean": {
      if (!sources.means) throw new Error(WORDS.noMeans(address));
      const means = valuesAt(sources.means, place);
      return mixed(edit, (at) => means[at] as number);
    }
    case "steer": {
      const vector = difference(donor(), valuesAt(clean.layers, place), place, width);
      return (own, _, column) => own + strength * (vector[column] as number);
    }
    case "noise":
      throw new Error(WORDS.noise(address));
    case "resample":
      throw new Error(WORDS.resample(address));
  }
}

function valuesAt(layers: readonly SiteValues[], place: Place): Float32Array {
  return (layers[place.layer] as SiteValues)[place.site];
}

/** Own and other numbers mixed as PyTorch's lerp does it, at 0 and 1 exactly one. */
function mixed({ address, strength }: Edit, target: (at: number) => number): NewNumber {
  if (strength < 0 || strength > 1) throw new Error(WORDS.share(address, strength));
  return (own, at) =>
    strength < 0.5
      ? own + strength * (target(at) - own)
      : target(at) - (target(at) - own) * (1 - strength);
}

/** A donor's value minus the clean one, averaged over the edit's tokens. */
function difference(
  theirs: Float32Array,
  ours: Float32Array,
  { tokens, first, width }: Place,
  stride: number,
): Float32Array {
  return Float32Array.from({ length: width }, (_, column) => {
    let sum = 0;
    for (const token of tokens) {
      const at = token * stride + first + column;
      sum += (theirs[at] as number) - (ours[at] as number);
    }
    return sum / tokens.length;
  });
}
