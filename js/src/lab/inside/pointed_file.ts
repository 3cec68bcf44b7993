import type { IFileBrowserFactory } from "@jupyterlab/filebrowser";
import type { Contents } from "@jupyterlab/services";

/**
 * Follows which file a context menu was opened on.
 *
 * The selection is none to go by: while the menu is open, a notebook that is opened
 * becomes the selected file, and a list that grows shows other files in the same places.
 */
export function pointedFile(
  browsers: IFileBrowserFactory["tracker"],
): () => Contents.IModel | undefined {
  let pointed: Contents.IModel | undefined;
  const follow = (event: MouseEvent) => {
    const browser = browsers.find(({ node }) => node.contains(event.target as Node));
    pointed = browser?.modelForClick(event);
  };
  document.addEventListener("contextmenu", follow, { capture: true });
  return () => pointed;
}
