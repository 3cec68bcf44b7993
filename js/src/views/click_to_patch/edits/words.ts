/** Every sentence of the list of edits, in one place. */

export const heading = "Edits";
export const count = (on: number, all: number) =>
  on === all ? `${all} on` : `${on} of ${all} on`;
export const none =
  "Nothing is edited. Click a head, a cell or a patch: the prediction follows.";
export const order =
  "They act from top to bottom: where two change the same numbers, the lower one " +
  "has the last word.";
export const edit = (name: string) => `Edit of ${name}`;
export const on = "On";
export const off = "Off";
export const acts = (name: string) => `${name} acts`;
export const kind = (address: string) => `What goes into ${address}`;
export const donor = "Donor";
export const donorOf = (address: string) => `Donor of ${address}`;
export const strengthOf = (address: string) => `Strength of ${address}`;
export const noNumber = "The strength must be a number.";
export const outside = (value: number, least: number, most: number) =>
  Number.isFinite(most)
    ? `The strength goes from ${least} to ${most}: ${value} is outside.`
    : `The strength must be at least ${least}: ${value} is less.`;
export const drawAgain = "⚄ Draw again";
export const draw = (seed: number) => `draw ${seed}`;
export const earlier = "Earlier";
export const later = "Later";
export const remove = "Remove";
export const move = (way: string, name: string) => `${way}: ${name}`;
export const verbs = {
  on: "switch on",
  off: "switch off",
  kind: "change kind of",
  donor: "change donor of",
  strength: "set strength of",
  draw: "draw again for",
  earlier: "move up",
  later: "move down",
  remove: "remove",
} as const;
export const head = (head: number, layer: number) => `head ${head} of layer ${layer}`;
export const parts = { q: "queries of ", k: "keys of ", v: "values of " } as Record<
  string,
  string
>;
export const sites = {
  resid_pre: (layer: number) => `stream into layer ${layer}`,
  resid_mid: (layer: number) => `stream between attention and MLP of layer ${layer}`,
  resid_post: (layer: number) => `stream out of layer ${layer}`,
  attn_out: (layer: number) => `what attention of layer ${layer} writes`,
  mlp_out: (layer: number) => `what the MLP of layer ${layer} writes`,
} as Record<string, (layer: number) => string>;
export const place = (place: string, tokens: string) => `${place}, ${tokens}`;
export const allTokens = "all tokens";
export const patches = (count: number) => `${count} patches`;
export const patch = (label: string) => `patch ${label}`;
export const and = (before: string, last: string) => `${before} and ${last}`;
