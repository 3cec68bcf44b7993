/** Every sentence of the live model, in one place. */
export const WORDS = {
  noVectors: (why: string) =>
    `this browser can't compute the model (${why}): open the page in a browser of 2023 ` +
    `or later, with WebAssembly allowed`,
  missing: (name: string) => `the page's model is damaged: it lacks ${name}`,
  misfit: (name: string, wanted: string, came: string) =>
    `the page's model is damaged: ${name} is [${came}], not [${wanted}]`,
  cut: (wanted: number, came: number) =>
    `the page's model is damaged: ${came} bytes of weights came, not ${wanted}`,
  notUnpacked: (why: string) => `the page's model can't be unpacked here: ${why}`,
  numbers: (what: string, wanted: number, came: number) =>
    `${what} has ${came} numbers, and the model takes ${wanted}`,
  address: (address: string) =>
    `this page can't edit ${address}: it can edit heads (L3.H1, and .q, .k and .v of ` +
    `them), L3.MLP, and L3.attn_out, resid_pre, resid_mid and resid_post`,
  layer: (address: string, layers: number) =>
    `there is no block for ${address}: blocks run from 0 to ${layers - 1}`,
  head: (address: string, heads: number) =>
    `there is no head for ${address}: heads run from 0 to ${heads - 1}`,
  token: (address: string, label: string) =>
    `${address}: the model has no token ${label}; tokens are called by their names, ` +
    `such as cls, or by row and column, such as (4,9)`,
  donor: (address: string, name: string, names: readonly string[]) =>
    `${address}: there is no donor "${name}"; the donors are ${names.join(", ") || "none"}`,
  noMeans: (address: string) =>
    `${address}: this page has no reference images to take the mean of; run the notebook`,
  share: (address: string, strength: number) =>
    `${address}: the strength runs from 0 (nothing) to 1 (all of it), not ${strength}`,
  strength: (address: string, strength: number) =>
    `${address}: the strength must be a number, not ${strength}`,
  noise: (address: string) =>
    `${address}: a page can't draw the noise that the notebook draws from the same seed; ` +
    `run the notebook`,
  resample: (address: string) =>
    `${address}: a page can't draw the reference image that the notebook draws from the ` +
    `same seed; run the notebook`,
} as const;
