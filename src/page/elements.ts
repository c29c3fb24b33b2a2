/** Makes elements. Text is only ever set as text: what the kernel or the config say never becomes HTML. */

type Attributes = Readonly<Record<string, string>>;

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Touches the document only where something changes. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
}

/** A name that may break after each underscore and before its labels. */
export function breakable(name: string): Node[] {
  return name
    .split(/(?<=_)|(?=\{)/)
    .flatMap((piece) => [document.createTextNode(piece), document.createElement('wbr')]);
}
