import { app, session, shell } from 'electron'
import { contentOrigin, isExternalPage } from './content-rules.ts'

/** Keeps every page inside its own content: no navigation, no new windows, no permissions, no embedded views. */
export function guardContents(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event, url) => {
      if (!url.startsWith(`${contentOrigin}/`)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(({ url }) => {
      openExternal(url)
      return { action: 'deny' }
    })
  })
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.defaultSession.setPermissionCheckHandler(() => false)
  session.defaultSession.setDevicePermissionHandler(() => false)
}

/** Opens a web page in the user's browser; anything that is not one is ignored. */
export function openExternal(url: string): void {
  if (isExternalPage(url)) shell.openExternal(url).catch(() => undefined)
}
