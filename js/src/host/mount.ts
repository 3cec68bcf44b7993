import type { AnyModel, AnyWidget } from "@anywidget/types";
import { HostModel, type ModelOptions } from "./host_model";

export interface HostOptions extends ModelOptions {
  /** Source of the view's module. */
  esm: string;
}

export interface Mounted {
  model: HostModel;
  /** Render one more view of the model. */
  addView(el: HTMLElement): Promise<() => void>;
  /** End every view and the model. */
  dispose(): void;
}

/** Run a view's module in this page: the same calls that a notebook makes. */
export async function mount(options: HostOptions): Promise<Mounted> {
  const url = URL.createObjectURL(new Blob([options.esm], { type: "text/javascript" }));
  const module = (await import(url)) as { default: AnyWidget };
  URL.revokeObjectURL(url);
  const widget =
    typeof module.default === "function" ? await module.default() : module.default;
  const host = new HostModel(options);
  const model = host as unknown as AnyModel;
  const lifetime = new AbortController();
  const experimental = {
    invoke: () => Promise.reject(new Error("there is no kernel behind this page")),
  };
  await widget.initialize?.({ model, signal: lifetime.signal, experimental });
  const addView = async (el: HTMLElement) => {
    const view = new AbortController();
    lifetime.signal.addEventListener("abort", () => view.abort());
    const refuse = () => Promise.reject(new Error("there is no other widget here"));
    const cleanUp = await widget.render?.({
      model,
      el,
      signal: view.signal,
      experimental,
      host: { getWidget: refuse, getModel: refuse },
    });
    view.signal.addEventListener("abort", () => void cleanUp?.());
    return () => view.abort();
  };
  return { model: host, addView, dispose: () => lifetime.abort() };
}
