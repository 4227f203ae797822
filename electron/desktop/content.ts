import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { protocol } from 'electron'
import { contentHeaders, contentPath, contentScheme } from './content-rules.ts'

/** Makes the window's scheme known; must run before the app is ready. */
export function declareContentScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: contentScheme, privileges: { standard: true, secure: true, codeCache: true } }])
}

/** Serves the window's files from one folder, and nothing outside it. */
export function serveContent(folder: string): void {
  protocol.handle(contentScheme, async ({ url }) => {
    const path = contentPath(url)
    if (path === undefined) return new Response('', { status: 403 })
    const extension = extname(path)
    try {
      return new Response(new Uint8Array(await readFile(join(folder, path))), { headers: contentHeaders(extension) })
    } catch {
      return new Response('', { status: 404, headers: contentHeaders('') })
    }
  })
}
