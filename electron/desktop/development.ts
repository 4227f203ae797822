import { app, BrowserWindow } from 'electron'
import type { DevelopmentNote, DevelopmentOrder } from '#contract/development.ts'

/** Exchanges the page's style sheets without loading it again: what one has typed, chosen and scrolled to stays. */
function exchangeStyles(hrefs: readonly string[]): string {
  return `(() => {
    const former = [...document.querySelectorAll('link[rel=stylesheet]')]
    for (const href of ${JSON.stringify(hrefs)}) {
      const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href })
      link.onload = () => former.forEach((each) => each.remove())
      document.head.append(link)
    }
  })()`
}

/** Does what `npm run dev` asks where that started the app; a packaged app hears nobody. */
export function obeyDevelopment(end: () => Promise<void>): void {
  if (app.isPackaged || !process.send) return
  process.on('message', (order: DevelopmentOrder) => {
    if (order.type === 'end') return void end()
    for (const { webContents } of BrowserWindow.getAllWindows()) {
      if (order.type === 'reload') webContents.reload()
      else webContents.executeJavaScript(exchangeStyles(order.hrefs)).catch(() => undefined)
    }
  })
  // Whoever started it is gone.
  process.on('disconnect', () => void end())
  process.send({ type: 'ready' } satisfies DevelopmentNote)
}
