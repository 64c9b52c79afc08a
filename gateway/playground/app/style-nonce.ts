/**
 * Lets the editor's own style sheets pass the page's policy.
 *
 * Monaco and Radix write `<style>` elements while they run. The policy admits only those that carry the nonce of this
 * very response, so every style element made by script on this page gets it. Scripts need no such door: none is inline.
 *
 * Imported for its effect, before anything that may draw.
 */
const nonce = document.querySelector<HTMLLinkElement>('link[rel="stylesheet"][nonce]')?.nonce

if (nonce) {
  const createElement = document.createElement.bind(document)
  document.createElement = (tagName: string, options?: ElementCreationOptions) => {
    const element = createElement(tagName, options)
    if (element instanceof HTMLStyleElement) element.nonce = nonce
    return element
  }
}
