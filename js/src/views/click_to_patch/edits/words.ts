/** Every sentence of the list of edits, in one place. */

export const heading = "Edits";
export const count = (on: number, all: number) =>
  on === all ? `${all} on` : `${on} of ${all} on`;
export const none =
  "Nothing is edited. Click a head, a cell or a patch: the prediction follows.";
export const order =
  "Two change the same numbers: they act from top to bottom, the lower one last.";
export const edit = (name: string) => `Edit of ${name}`;
export const on = "On";
export const off = "Off";
export const acts = (name: string) => `${name} acts`;
export const kind = (address: string) => `What goes into ${address}`;
export const tokensOf = (address: string) => `Tokens of ${address}`;
export const donor = "Donor";
export const donorOf = (address: string) => `Donor of ${address}`;
export const strengthOf = (address: string) => `Strength of ${address}`;
export const noNumber = "The strength must be a number.";
export const outside = (value: number, least: number, most: number) =>
  `The strength goes from ${least} ${Number.isFinite(most) ? `to ${most}` : "on"}: ` +
  `${value} is outside.`;
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
  tokens: "change tokens of",
  donor: "change donor of",
  strength: "set strength of",
  draw: "draw again for",
  earlier: "move up",
  later: "move down",
  remove: "remove",
} as const;
export const head = (head: number) => `head ${head} of`;
export const inLayer = (what: string, layer: number) => `${what} layer ${layer}`;
export const parts = { q: "queries of ", k: "keys of ", v: "values of " } as Record<
  string,
  string
>;
export const sites = {
  resid_pre: "stream into",
  resid_mid: "stream between attention and MLP of",
  resid_post: "stream out of",
  attn_out: "what attention writes in",
  MLP: "what the MLP writes in",
} as Record<string, string>;
export const allTokens = "all tokens";
export const patches = (count: number) => `${count} patches`;
export const patch = (label: string) => `patch ${label}`;
export const and = (before: string, last: string) => `${before} and ${last}`;
