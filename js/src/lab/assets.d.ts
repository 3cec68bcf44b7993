declare module "*.svg" {
  const source: string;
  export default source;
}

declare module "*.ipynb" {
  const notebook: { readonly metadata: Readonly<Record<string, unknown>> };
  export default notebook;
}
