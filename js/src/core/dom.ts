type Child = Node | string;

/** Make an element: attributes are set as text, never read as HTML. A button never sends a
 * form that a page may have around it. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  children: readonly Child[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (tag === "button") made.setAttribute("type", "button");
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Set an element's text, leaving the page alone (and screen readers quiet) when equal. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
