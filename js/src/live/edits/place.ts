import { parseAddress, tokenOfLabel } from "../../core/address";
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
  const { layer, head, part } = parseAddress(address) ?? {
    layer: 0,
    head: null,
    part: "",
  };
  const site = (head === null ? STREAM_PARTS : HEAD_PARTS).get(part);
  if (!site) throw new Error(WORDS.address(address));
  return { layer, site, head };
}

/** The tokens of labels, each once; all of them for none. */
function tokensOf(
  grid: PatchGrid,
  address: string,
  labels: readonly string[],
): readonly number[] {
  if (labels.length === 0) return Array.from({ length: grid.tokens }, (_, at) => at);
  const tokens = labels.map((label) => {
    const token = tokenOfLabel(grid, label);
    if (token === null) throw new Error(WORDS.token(address, label));
    return token;
  });
  return [...new Set(tokens)];
}
