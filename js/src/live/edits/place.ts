import type { PatchGrid } from "../../core/grid";
import { gridOf, type LiveConfig } from "../config";
import type { Site } from "../run";
import { WORDS } from "../words";

/** The numbers of a site that an edit is about. */
export interface Place {
  layer: number;
  site: Site;
  /** Indices of the tokens. */
  tokens: readonly number[];
  /** The first of its columns of [token, d_model], and how many they are. */
  first: number;
  width: number;
}

const HEAD_PARTS: ReadonlyMap<string, Site> = new Map([
  ["", "z"],
  ["q", "q"],
  ["k", "k"],
  ["v", "v"],
]);
const STREAM_PARTS: ReadonlyMap<string, Site> = new Map([
  ["MLP", "mlp_out"],
  ["attn_out", "attn_out"],
  ["resid_pre", "resid_pre"],
  ["resid_mid", "resid_mid"],
  ["resid_post", "resid_post"],
]);
const HEAD = /^L(\d+)\.H(\d+)(?:\.([a-z]+))?$/;
const STREAM = /^L(\d+)\.(\w+)$/;

/** What an address and tokens mean in a model.
 *
 * @throws Error if it has no such block, part, head or token
 */
export function placeOf(
  config: LiveConfig,
  address: string,
  labels: readonly string[],
): Place {
  const { layer, site, head } = parsed(address);
  const { n_layers, n_heads, d_model } = config;
  if (layer >= n_layers) throw new Error(WORDS.layer(address, n_layers));
  if (head !== null && head >= n_heads) throw new Error(WORDS.head(address, n_heads));
  const width = head === null ? d_model : d_model / n_heads;
  const tokens = tokensOf(gridOf(config), address, labels);
  return { layer, site, tokens, first: (head ?? 0) * width, width };
}

function parsed(address: string): { layer: number; site: Site; head: number | null } {
  const [, layer, head, part = ""] = HEAD.exec(address) ?? [];
  const ofHead = HEAD_PARTS.get(part);
  if (layer !== undefined && ofHead) {
    return { layer: Number(layer), site: ofHead, head: Number(head) };
  }
  const [, block, stream = ""] = STREAM.exec(address) ?? [];
  const site = STREAM_PARTS.get(stream);
  if (!site) throw new Error(WORDS.address(address));
  return { layer: Number(block), site, head: null };
}

/** The tokens of labels, each once; all of them for none. */
function tokensOf(
  grid: PatchGrid,
  address: string,
  labels: readonly string[],
): readonly number[] {
  if (labels.length === 0) return Array.from({ length: grid.tokens }, (_, at) => at);
  const names = Array.from({ length: grid.tokens }, (_, token) =>
    grid.isPatch(token) ? grid.name(token).replace("patch ", "") : grid.name(token),
  );
  const tokens = labels.map((label) => {
    const token = names.indexOf(label);
    if (token < 0) throw new Error(WORDS.token(address, label));
    return token;
  });
  return [...new Set(tokens)];
}
