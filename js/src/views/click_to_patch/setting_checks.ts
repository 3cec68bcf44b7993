import { parseAddress, tokenOfLabel } from "../../core/address";
import { checkHistory } from "../../core/history";
import type { ClickToPatchWritable, PatchEdit } from "../../core/state.gen";
import { takesDonor } from "./edits";
import type { Facts, Settings } from "./facts";
import { KIND_NAMES } from "./words";

type Choices = { [Name in ClickToPatchWritable]?: readonly Settings[Name][] };

const KINDS = Object.keys(KIND_NAMES) as readonly Settings["kind"][];

const CHOICES: Choices = {
  kind: KINDS,
  grid_shown: ["heads", "tokens", "head_tokens"],
  metric: ["difference", "logit", "probability", "kl"],
  direction: ["denoising", "noising"],
};

/** Throw when a setting (from Python, or linked from another view) can't be shown. */
export function checkSetting(
  facts: Facts,
  name: ClickToPatchWritable,
  value: unknown,
): void {
  const choices = CHOICES[name];
  if (choices) requireOneOf(name, choices, value);
  if (name === "site" || name === "part") requireOneOf(name, facts.available, value);
  if (name === "layer") requireIndex(name, value, 0, facts.layers);
  if (name === "target") requireIndex(name, value, -1, facts.classes.names.length);
  if (name === "source") requireOneOf("donor", donorsOf(facts), value);
  if (name === "strength") requireFinite(name, value);
  if (name === "interventions") {
    for (const edit of listOf<PatchEdit>(name, value, "edits")) checkEdit(facts, edit);
  }
  if (name === "marked") {
    const marked = listOf<string>(name, value, "components");
    for (const address of marked) requirePlace(facts, String(address));
  }
  if (name === "history" || name === "undone") checkHistory(name, value);
}

function checkEdit(facts: Facts, edit: PatchEdit): void {
  const { address, kind, tokens } = edit;
  requirePlace(facts, address);
  requireOneOf(`${address}: kind`, KINDS, kind);
  if (takesDonor(kind)) requireOneOf(`${address}: donor`, donorsOf(facts), edit.source);
  requireFinite(`${address}: strength`, edit.strength);
  requireOneOf(`${address}: switch`, ["on", "off"], edit.switch);
  const wrong = tokens.find((label) => tokenOfLabel(facts.grid, label) === null);
  if (wrong !== undefined) {
    throw new Error(`${address}: this picture has no token ${wrong}`);
  }
}

function donorsOf({ donors }: Facts): string[] {
  return donors.map(({ name }) => name);
}

function requireOneOf(name: string, all: readonly unknown[], value: unknown): void {
  if (all.includes(value)) return;
  throw new Error(`${name} must be ${all.join(" or ")}, not ${String(value)}`);
}

function requireFinite(name: string, value: unknown): void {
  if (Number.isFinite(value)) return;
  throw new Error(`${name} ${String(value)} is no finite number`);
}

function requireIndex(name: string, value: unknown, low: number, count: number): void {
  const index = value as number;
  if (Number.isInteger(value) && index >= low && index < count) return;
  throw new Error(
    `${name} ${String(value)} doesn't exist: this model has ${low} to ${count - 1}`,
  );
}

function listOf<Item>(name: string, value: unknown, what: string): readonly Item[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${name} is no list of ${what}`);
}

function requirePlace({ layers, heads }: Facts, address: string): void {
  const place = parseAddress(address);
  if (place && place.layer < layers && (place.head ?? 0) < heads) return;
  throw new Error(`${address} doesn't exist on this model`);
}
