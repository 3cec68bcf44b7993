import { showErrorMessage } from "@jupyterlab/apputils";

/** Runs what a person asked for; says in a box why it could not be done. */
export async function orSay(title: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    await showErrorMessage(title, error instanceof Error ? error : String(error));
  }
}
