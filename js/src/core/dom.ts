type Child = Node | string;
type Tag = keyof HTMLElementTagNameMap;
type Attributes = Readonly<Record<string, string>>;
type Made<What extends string> =
  HTMLElementTagNameMap[What extends `${infer Name extends Tag}.${string}`
    ? Name
    : What & Tag];

/** Make an element: attributes are set as text, never read as HTML. A button never sends a
 * form that a page may have around it.
 *
 * @param what its tag, with classes as selectors have them: "p.vw-note.vw-muted"
 * @param attributes may be left out
 */
export function element<What extends Tag | `${Tag}.${string}`>(
  what: What,
  attributes: Attributes | readonly Child[] = {},
  children: readonly Child[] = [],
): Made<What> {
  if (isList(attributes)) return element(what, {}, attributes);
  const [tag = "", ...classes] = what.split(".");
  const made = document.createElement(tag) as Made<What>;
  if (tag === "button") made.setAttribute("type", "button");
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, value);
  if (classes.length > 0) made.setAttribute("class", classes.join(" "));
  made.append(...children);
  return made;
}

/** Set an element's text, leaving the page alone (and screen readers quiet) when equal. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Say what state an element is in: `setAria(button, "pressed", true)`. */
export function setAria(target: Element, name: string, value: unknown): void {
  target.setAttribute(`aria-${name}`, String(value));
}

/** What is drawn for the eye alone. */
export const UNHEARD = { "aria-hidden": "true" } as const;

/** Parts that belong together, under a name that is heard. */
export function group(
  what: `div.${string}`,
  label: string,
  parts: readonly Child[],
): HTMLElement {
  return element(what, { role: "group", "aria-label": label }, parts);
}

/** An id that no other element has: several views share a page. */
export function freshId(name: string): string {
  return `vw-${name}-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
}

function isList(value: Attributes | readonly Child[]): value is readonly Child[] {
  return Array.isArray(value);
}
