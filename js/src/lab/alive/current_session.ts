import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { ISessionContext } from "@jupyterlab/apputils";
import type { Kernel, KernelMessage } from "@jupyterlab/services";
import type { Widget } from "@lumino/widgets";

/** The session of the notebook or console that was last in front. */
export class CurrentSession {
  readonly #changed: () => void;
  #session: ISessionContext | null = null;
  /** Whether memory may have changed since the kernel was last idle. */
  #ran = false;

  /**
   * @param changed Called when there is another session, kernel or name, when code ran,
   * and when the kernel was restarted.
   */
  constructor(app: JupyterFrontEnd, changed: () => void) {
    this.#changed = changed;
    app.shell.currentChanged?.connect(() => this.#follow(app.shell.currentWidget));
    void app.restored.then(() => this.#follow(app.shell.currentWidget));
  }

  get session(): ISessionContext | null {
    return this.#session;
  }

  #follow(widget: Widget | null): void {
    const { sessionContext } = (widget ?? {}) as { sessionContext?: ISessionContext };
    if (!sessionContext || sessionContext === this.#session) return;
    this.#leave();
    this.#session = sessionContext;
    sessionContext.kernelChanged.connect(this.#changed, this);
    sessionContext.propertyChanged.connect(this.#changed, this);
    sessionContext.statusChanged.connect(this.#onStatus, this);
    sessionContext.iopubMessage.connect(this.#onMessage, this);
    sessionContext.disposed.connect(this.#onDisposed, this);
    this.#changed();
  }

  #leave(): void {
    this.#session?.kernelChanged.disconnect(this.#changed, this);
    this.#session?.propertyChanged.disconnect(this.#changed, this);
    this.#session?.statusChanged.disconnect(this.#onStatus, this);
    this.#session?.iopubMessage.disconnect(this.#onMessage, this);
    this.#session?.disposed.disconnect(this.#onDisposed, this);
    this.#session = null;
  }

  #onDisposed(): void {
    this.#leave();
    this.#changed();
  }

  #onStatus(_: unknown, status: Kernel.Status): void {
    if (status === "restarting" || status === "autorestarting") this.#ran = true;
  }

  #onMessage(_: unknown, { header, content }: KernelMessage.IMessage): void {
    // Silent requests, such as the panel's own, have no such message.
    if (header.msg_type === "execute_input") this.#ran = true;
    const state = (content as { execution_state?: string }).execution_state;
    if (!this.#ran || header.msg_type !== "status" || state !== "idle") return;
    this.#ran = false;
    this.#changed();
  }
}
