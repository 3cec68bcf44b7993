/** What of a block can be read and edited. */
export const SITES = [
  "resid_pre",
  "q",
  "k",
  "v",
  "z",
  "attn_out",
  "resid_mid",
  "mlp_out",
  "resid_post",
] as const;

export type Site = (typeof SITES)[number];

/** Sees the value of a site, [token, d_model], and may change it in place. */
export type Visit = (site: Site, values: Float32Array) => void;

/** The values of a block's sites, [token, d_model] each; of q, k, v and z the heads lie
 * one after the other. */
export type SiteValues = Readonly<Record<Site, Float32Array>>;

/** What a model makes of one image. Nothing of it may be changed. */
export interface Run {
  layers: readonly SiteValues[];
  logits: Float32Array;
}

/** The mean of runs, site by site and token by token, summed in double precision.
 *
 * @param runs one at least; none of them is kept, so that they may be made one by one
 */
export async function meanValues(
  runs: Iterable<Run> | AsyncIterable<Run>,
): Promise<readonly SiteValues[]> {
  const sums: Record<Site, Float64Array>[] = [];
  let count = 0;
  for await (const { layers } of runs) {
    count += 1;
    layers.forEach((layer, at) => {
      sums[at] ??= ofSites((site) => new Float64Array(layer[site].length));
      for (const site of SITES) add(sums[at][site], layer[site]);
    });
  }
  return sums.map((layer) =>
    ofSites((site) => Float32Array.from(layer[site], (sum) => sum / count)),
  );
}

function add(sums: Float64Array, values: Float32Array): void {
  for (let at = 0; at < sums.length; at++) {
    sums[at] = (sums[at] as number) + (values[at] as number);
  }
}

function ofSites<Value>(make: (site: Site) => Value): Record<Site, Value> {
  const pairs = SITES.map((site) => [site, make(site)] as const);
  return Object.fromEntries(pairs) as Record<Site, Value>;
}
