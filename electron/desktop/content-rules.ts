/** The scheme of the window's own files; standard and secure, so that it has an origin and a content policy. */
export const contentScheme = 'cove-window'
/** The origin of the window's page. */
export const contentOrigin = `${contentScheme}://app`
/** The page that the window shows. */
export const contentPage = `${contentOrigin}/index.html`

/** What the page may load: its own files, and nothing from anywhere else. The engine is reached by a MessagePort, not by a connection. */
export const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** The headers that one of the window's files is served with. */
export function contentHeaders(extension: string): Record<string, string> {
  return {
    'content-type': types[extension] ?? 'application/octet-stream',
    'content-security-policy': contentPolicy,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
    'referrer-policy': 'no-referrer',
  }
}

/** The path below the window's folder that a request asks for, or undefined when it asks for anything else. */
export function contentPath(url: string): string | undefined {
  const { protocol, host, pathname } = new URL(url)
  if (protocol !== `${contentScheme}:` || host !== 'app') return undefined
  const path = safeDecode(pathname)
  if (path === undefined || /[\\\0]/.test(path) || path.split('/').includes('..')) return undefined
  return path.slice(1) || 'index.html'
}

/** Whether a link may be handed to the user's browser. */
export function isExternalPage(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol } = new URL(url)
  return protocol === 'http:' || protocol === 'https:'
}

function safeDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
