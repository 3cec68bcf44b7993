const assets = new Map<string, unknown>();

/** Keep what a script beside the page brings: pages that are opened from disk can load
 * scripts and nothing else. */
export function hold(name: string, asset: unknown): void {
  assets.set(name, asset);
}

/** @throws Error if no script brought it */
export function held<Asset>(name: string): Asset {
  if (!assets.has(name)) throw new Error(missing(name));
  return assets.get(name) as Asset;
}

export function missing(name: string): string {
  return (
    `This page lacks ${name}, which lies in the folder assets beside it: copy the ` +
    `whole site, not one page of it.`
  );
}
