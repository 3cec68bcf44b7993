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

declare module "lessons" {
  /** The workshop's lessons, by the names that `vw.workshop` takes. */
  const lessons: readonly { readonly name: string; readonly title: string }[];
  export default lessons;
}

declare module "colour tables" {
  /** 256 colours each, six hexadecimal digits a colour. */
  const tables: Readonly<Record<string, string>>;
  export default tables;
}
