declare module "*.svg" {
  const source: string;
  export default source;
}

declare module "tutorials" {
  interface Tutorial {
    /** The file's name without its number and ending. */
    readonly stem: string;
    readonly title: string;
    readonly notebook: {
      readonly metadata: Readonly<Record<string, unknown>>;
      readonly cells: readonly object[];
    };
  }
  const tutorials: readonly Tutorial[];
  export default tutorials;
}
