/** Everything that one view holds on to, released together. */
export class Scope {
  readonly #controller = new AbortController();

  /** @param parent aborts this scope when it is aborted (hosts before AFM 0.11 have none) */
  constructor(parent?: AbortSignal) {
    if (parent?.aborted) this.dispose();
    parent?.addEventListener("abort", () => this.dispose(), { signal: this.signal });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get disposed(): boolean {
    return this.signal.aborted;
  }

  dispose(): void {
    this.#controller.abort();
  }

  onDispose(release: () => void): void {
    this.signal.addEventListener("abort", release, { once: true });
  }

  listen<K extends keyof HTMLElementEventMap>(
    target: HTMLElement,
    type: K,
    handler: (event: HTMLElementEventMap[K]) => void,
    options: AddEventListenerOptions = {},
  ): void {
    target.addEventListener(type, handler, { ...options, signal: this.signal });
  }

  /** A function that runs `work` once in the next animation frame, however often called. */
  eachFrame(work: () => void): () => void {
    let pending: number | null = null;
    this.onDispose(() => {
      if (pending !== null) cancelAnimationFrame(pending);
    });
    return () => {
      if (pending !== null || this.disposed) return;
      pending = requestAnimationFrame(() => {
        pending = null;
        work();
      });
    };
  }

  /** Run `work` after a delay unless the returned function is called or the scope ends. */
  after(milliseconds: number, work: () => void): () => void {
    const timer = setTimeout(() => {
      this.signal.removeEventListener("abort", cancel);
      work();
    }, milliseconds);
    const cancel = () => {
      clearTimeout(timer);
      this.signal.removeEventListener("abort", cancel);
    };
    this.signal.addEventListener("abort", cancel);
    return cancel;
  }

  /** Call `resized` when the element gets another box that can be drawn in. */
  onResize(element: HTMLElement, resized: () => void): void {
    const observer = new ResizeObserver(([entry]) => {
      // A windowed notebook collapses cells that are scrolled away to 0 x 0.
      if (entry && entry.contentRect.width > 0) resized();
    });
    observer.observe(element);
    this.onDispose(() => observer.disconnect());
  }

  /** Call `changed` when the page moves to a screen (or zoom) of another pixel density. */
  onPixelRatio(changed: () => void): void {
    const watch = () => {
      const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
      query.addEventListener(
        "change",
        () => {
          watch();
          changed();
        },
        { once: true, signal: this.signal },
      );
    };
    watch();
  }
}
