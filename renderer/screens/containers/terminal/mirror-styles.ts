/**
 * The content policy lets nobody write styles into the page, which xterm.js does for its colours and sizes; a constructed
 * sheet is allowed. Whatever style elements and attributes appear below the root are brought into effect that way.
 */
export function mirrorStyles(root: HTMLElement): () => void {
  const sheet = new CSSStyleSheet()
  const copy = (): void => sheet.replaceSync([...root.querySelectorAll('style')].map(({ textContent }) => textContent).join('\n'))
  const observer = new MutationObserver((records) => {
    if (records.some(({ target, addedNodes }) => target instanceof HTMLStyleElement || [...addedNodes].some((node) => node instanceof HTMLStyleElement))) copy()
    for (const { addedNodes } of records) for (const node of addedNodes) bringIntoEffect(node)
  })
  document.adoptedStyleSheets.push(sheet)
  observer.observe(root, { childList: true, subtree: true })
  copy()
  return () => {
    observer.disconnect()
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet)
  }
}

function bringIntoEffect(node: Node): void {
  if (!(node instanceof HTMLElement)) return
  const style = node.getAttribute('style')
  if (style === null) return
  // What was refused is written down all the same; only anew does it take effect.
  node.removeAttribute('style')
  node.style.cssText = style
}
